/**
 * How a program drives this very session: its id, and one line of curl, each to be copied.
 *
 * In: the session's id, or null. Out: text, and the clipboard. Owns #program.
 */

import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */

/** How long the button says that it was copied. */
const SAID_MS = 2_000;

/**
 * @param {string} sessionid
 * @param {string} base
 */
export function curlLine(sessionid, base) {
  const url = new URL('human', base);
  const body = JSON.stringify({ sessionid, type: 'echo', text: 'Hello!' });
  return `curl -X POST ${url.href} -H 'Content-Type: application/json' -d '${body}'`;
}

export class ProgramLine {
  #language;
  #id = byId('program-id', HTMLElement);
  #line = byId('program-line', HTMLElement);
  #copy = byId('program-copy', HTMLButtonElement);
  #timer = 0;

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    this.#copy.addEventListener('click', () => void this.#copyLine());
    language.addEventListener('change', () => this.#name('copy'));
    this.#name('copy');
  }

  /** @param {string | null} sessionid */
  show(sessionid) {
    if (sessionid === null || this.#id.textContent === sessionid) return;
    this.#id.textContent = sessionid;
    this.#line.textContent = curlLine(sessionid, document.baseURI);
  }

  async #copyLine() {
    try {
      await navigator.clipboard.writeText(this.#line.textContent ?? '');
      this.#name('copied');
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      getSelection()?.selectAllChildren(this.#line); // not allowed here: Ctrl+C does it
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#name('copy'), SAID_MS);
  }

  /** @param {'copy' | 'copied'} key */
  #name(key) {
    this.#copy.textContent = this.#language.translate(key);
  }
}
