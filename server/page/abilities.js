/**
 * What the server can do in a conversation, said before anybody presses.
 *
 * In: GET /config. Out: a line under the Start button; where nobody answers, no choice to be
 * answered; how long a text may be. A server that does not say leaves the page as it is. Owns #abilities.
 */

import * as api from './api.js';
import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {Record<string, StringKey>} */
const ANSWERS = { model: 'answersModel', guide: 'answersGuide', nothing: 'answersNothing' };

export class Abilities {
  #language;
  #line = byId('abilities', HTMLElement);
  /** @type {api.ServerAbilities | null} */
  #known = null;

  #onLimit;

  /**
   * @param {Language} language
   * @param {(characters: number) => void} onLimit hears how long a text may be
   */
  constructor(language, onLimit) {
    this.#language = language;
    this.#onLimit = onLimit;
    language.addEventListener('change', () => this.#render());
  }

  async load() {
    try {
      this.#known = await api.config();
    } catch (error) {
      if (error instanceof api.ApiError) return; // an older server: nothing is known
      throw error;
    }
    if (this.#known?.max_text) this.#onLimit(this.#known.max_text);
    this.#render();
  }

  #render() {
    if (!this.#known || !(this.#known.answers in ANSWERS)) return;
    const answers = this.#language.translate(ANSWERS[this.#known.answers]);
    this.#line.textContent = `${answers} ${this.#hearing()}`;
    this.#line.hidden = false;
    const chat = document.querySelector('input[name="mode"][value="chat"]');
    if (chat instanceof HTMLInputElement) chat.disabled = this.#known.answers === 'nothing';
  }

  #hearing() {
    const { hears, language } = this.#known ?? { hears: false, language: '' };
    if (!hears) return this.#language.translate('hearsNothing');
    if (!language) return this.#language.translate('hearsAny');
    const names = new Intl.DisplayNames(document.documentElement.lang, { type: 'language' });
    return this.#language.translate('hearsOne', { language: names.of(language) ?? language });
  }
}
