/**
 * The text box, the choice between saying and answering, its language, and sentences to try.
 *
 * In: keys and presses. Out: the text, whether it is to be said as it is or answered, and in
 * which language, by the handler given. Owns #text-input.
 */

import { byId } from './elements.js';
import { EXAMPLES, QUESTIONS } from './strings.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {'echo' | 'chat'} Mode said as it is, or answered */

/** Languages to choose from; the server speaks more, and finds a text's language by itself. */
const SPOKEN = ['en', 'zh', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'tr', 'cs', 'fi', 'ru', 'ja', 'ko'];

/** The part of what is taken from which on a text's length is told. */
const NEAR = 0.9;

export class TextInput {
  #language;
  #form = byId('text-input', HTMLFormElement);
  #text = byId('text', HTMLTextAreaElement);
  #button = byId('speak', HTMLButtonElement);
  #examples = byId('examples', HTMLElement);
  #modes = byId('modes', HTMLElement);
  #spoken = byId('speech-language', HTMLSelectElement);
  #onSpeak;
  /** @type {Mode} */
  #mode = 'echo';
  #enabled = false;
  #most = Infinity;
  #hint = byId('text-hint', HTMLElement);

  /**
   * @param {Language} language
   * @param {(text: string, mode: Mode, language: string) => Promise<boolean>} onSpeak whether the server took it
   */
  constructor(language, onSpeak) {
    this.#language = language;
    this.#onSpeak = onSpeak;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#text.addEventListener('keydown', (event) => this.#key(event));
    this.#text.addEventListener('input', () => this.#count());
    this.#modes.addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement) this.#choose(target.value);
    });
    language.addEventListener('change', () => this.#render());
    this.#choose(new FormData(this.#form).get('mode')); // a reload keeps the choice
  }

  /** @param {boolean} enabled whether there is a session to speak in */
  enable(enabled) {
    this.#enabled = enabled;
    this.#count();
    for (const chip of this.#examples.querySelectorAll('button')) chip.disabled = !enabled;
  }

  /** @param {number} characters that the server takes */
  limit(characters) {
    this.#most = characters;
    this.#count();
  }

  /** How long it is, once that is near to what is taken; Python counts code points. */
  #count() {
    const length = [...this.#text.value.trim()].length;
    const near = length > NEAR * this.#most;
    const numbers = { length: length.toLocaleString(), most: this.#most.toLocaleString() };
    this.#hint.textContent = this.#language.translate(near ? 'textLength' : 'textHint', numbers);
    this.#hint.classList.toggle('over', length > this.#most);
    this.#button.disabled = !this.#enabled || length > this.#most;
  }

  /** Ready to type, where that opens no keyboard over the picture. */
  focus() {
    if (matchMedia('(pointer: fine)').matches) this.#text.focus({ preventScroll: true });
  }

  /** @param {unknown} mode */
  #choose(mode) {
    this.#mode = mode === 'chat' ? 'chat' : 'echo';
    this.#render();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.#button.disabled) this.#form.requestSubmit();
  }

  async #send() {
    const text = this.#text.value.trim();
    if (!text) {
      this.#text.focus();
      return;
    }
    const taken = await this.#onSpeak(text, this.#mode, this.#spoken.value);
    if (taken && this.#text.value.trim() === text) this.#text.value = '';
    this.#count();
    this.focus();
  }

  #render() {
    const chat = this.#mode === 'chat';
    const { code } = this.#language;
    byId('text-label', HTMLElement).textContent = this.#language.translate(
      chat ? 'askLabel' : 'textLabel',
    );
    byId('speak-text', HTMLElement).textContent = this.#language.translate(chat ? 'ask' : 'speak');
    const texts = chat ? QUESTIONS : EXAMPLES;
    const ordered = [...texts].sort((a, b) => Number(b.lang === code) - Number(a.lang === code));
    const chips = ordered.map(({ lang, text, label }) => {
      const chip = document.createElement('button');
      chip.type = 'button';
      chip.className = 'chip';
      chip.dataset.testid = 'example';
      chip.lang = lang;
      chip.textContent = label;
      chip.title = text;
      chip.disabled = !this.#enabled;
      chip.addEventListener('click', () => void this.#onSpeak(text, this.#mode, ''));
      return chip;
    });
    this.#examples.replaceChildren(...chips);
    this.#renderLanguages();
    this.#count();
  }

  /** The languages by their names in the page's own, the choice kept. */
  #renderLanguages() {
    const names = new Intl.DisplayNames([this.#language.code], { type: 'language' });
    const chosen = this.#spoken.value;
    const found = new Option(this.#language.translate('speechLanguageFound'), '');
    const others = SPOKEN.map((code) => new Option(names.of(code), code));
    this.#spoken.replaceChildren(found, ...others);
    this.#spoken.value = chosen;
  }
}
