/**
 * The one message at the edge of the page.
 *
 * In: a notice (goes by itself) or an error (stays until it is closed or solved). Out: text
 * in a live region. Owns #toast.
 */

import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./errors.js').ErrorMessage} ErrorMessage */
/** @typedef {import('./strings.js').StringKey} StringKey */

const NOTICE_MS = 5_000;

export class Toast {
  #language;
  #box = byId('toast', HTMLElement);
  #title = byId('toast-title', HTMLElement);
  #detail = byId('toast-detail', HTMLElement);
  #timer = 0;
  /** @type {(() => void) | null} */
  #again = null;

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    byId('toast-close', HTMLElement).addEventListener('click', () => this.hide());
    language.addEventListener('change', () => this.#again?.());
  }

  /**
   * @param {StringKey} key
   * @param {Record<string, string | number>} [values]
   */
  notice(key, values = {}) {
    this.#show('notice', () => this.#render(key, values, ''));
    this.#timer = setTimeout(() => this.hide(), NOTICE_MS);
  }

  /** @param {ErrorMessage} error */
  error({ key, values, detail }) {
    this.#show('error', () => this.#render(key, values, detail));
  }

  hide() {
    clearTimeout(this.#timer);
    this.#again = null;
    this.#box.hidden = true;
  }

  /**
   * @param {'notice' | 'error'} kind
   * @param {() => void} render
   */
  #show(kind, render) {
    clearTimeout(this.#timer);
    this.#again = render;
    this.#box.dataset.kind = kind;
    this.#box.hidden = false; // before the text, so that screen readers hear the change
    render();
  }

  /**
   * @param {StringKey} key
   * @param {Record<string, string | number>} values
   * @param {string} detail
   */
  #render(key, values, detail) {
    this.#title.textContent = this.#language.translate(key, values);
    this.#detail.textContent = detail;
    this.#detail.hidden = detail === '';
  }
}
