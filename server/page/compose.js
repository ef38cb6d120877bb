/**
 * The text box, its Speak button, and sentences to try.
 *
 * In: keys and presses. Out: the text to say, by the handler given. Owns #compose.
 */

import { byId } from './elements.js';
import { EXAMPLES } from './strings.js';

/** @typedef {import('./language.js').Language} Language */

export class Compose {
  #language;
  #form = byId('compose', HTMLFormElement);
  #text = byId('text', HTMLTextAreaElement);
  #button = byId('speak', HTMLButtonElement);
  #examples = byId('examples', HTMLElement);
  #onSpeak;
  #enabled = false;

  /**
   * @param {Language} language
   * @param {(text: string) => Promise<boolean>} onSpeak whether the server took it
   */
  constructor(language, onSpeak) {
    this.#language = language;
    this.#onSpeak = onSpeak;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#text.addEventListener('keydown', (event) => this.#key(event));
    language.addEventListener('change', () => this.#putExamples());
    this.#putExamples();
  }

  /** @param {boolean} enabled whether there is a call to speak in */
  enable(enabled) {
    this.#enabled = enabled;
    this.#button.disabled = !enabled;
    for (const chip of this.#examples.querySelectorAll('button')) chip.disabled = !enabled;
  }

  /** Ready to type, where that opens no keyboard over the picture. */
  focus() {
    if (matchMedia('(pointer: fine)').matches) this.#text.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (this.#enabled) this.#form.requestSubmit();
  }

  async #send() {
    const text = this.#text.value.trim();
    if (!text) {
      this.#text.focus();
      return;
    }
    const taken = await this.#onSpeak(text);
    if (taken && this.#text.value.trim() === text) this.#text.value = '';
    this.focus();
  }

  #putExamples() {
    const { code } = this.#language;
    const ordered = [...EXAMPLES].sort((a, b) => Number(b.lang === code) - Number(a.lang === code));
    const chips = ordered.map(({ lang, text, label }) => {
      const chip = document.createElement('button');
      chip.type = 'button';
      chip.className = 'chip';
      chip.dataset.testid = 'example';
      chip.lang = lang;
      chip.textContent = label;
      chip.title = text;
      chip.disabled = !this.#enabled;
      chip.addEventListener('click', () => void this.#onSpeak(text));
      return chip;
    });
    this.#examples.replaceChildren(...chips);
  }
}
