/**
 * Where the time of the newest answer went: from the person's last sound to the face's first.
 *
 * In: the parts that the server measured, and the way to this page. Out: one bar of all parts
 * and a list that names them. Owns #turn-timing.
 */

import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** In the order in which they pass; the key of each part's words. @type {[string, StringKey][]} */
const PARTS = [
  ['vad', 'partVad'],
  ['asr', 'partAsr'],
  ['llm', 'partLlm'],
  ['sentence', 'partSentence'],
  ['tts', 'partTts'],
  ['face', 'partFace'],
  ['delivery', 'partDelivery'],
];

export class TurnTiming {
  #language;
  #box = byId('turn-timing', HTMLElement);
  #total = byId('turn-timing-total', HTMLElement);
  #bar = byId('turn-timing-bar', HTMLElement);
  #list = byId('turn-timing-parts', HTMLElement);
  /** @type {Record<string, number>} */
  #ms = {};

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    language.addEventListener('change', () => this.#render());
  }

  /**
   * @param {Record<string, number>} ms the server's parts, and their `total`
   * @param {number | null} delivery half the round trip and the sound's buffer; null: not known
   */
  show(ms, delivery) {
    this.#ms = delivery === null ? ms : { ...ms, delivery, total: ms.total + delivery };
    this.#box.hidden = false;
    this.#render();
  }

  clear() {
    this.#box.hidden = true;
    this.#ms = {};
  }

  #render() {
    const taken = PARTS.filter(([part]) => typeof this.#ms[part] === 'number');
    this.#total.textContent = `${Math.round(this.#ms.total ?? 0)} ms`;
    this.#bar.replaceChildren(
      ...taken.map(([part]) => {
        const piece = document.createElement('i');
        piece.dataset.part = part;
        piece.style.setProperty('flex-grow', String(Math.max(this.#ms[part], 0.01)));
        return piece;
      }),
    );
    this.#list.replaceChildren(...taken.map(([part, key]) => this.#row(part, key)));
  }

  /**
   * @param {string} part
   * @param {StringKey} key
   */
  #row(part, key) {
    const row = document.createElement('li');
    const [mark, name, value] = ['i', 'span', 'b'].map((tag) => document.createElement(tag));
    mark.dataset.part = part;
    name.textContent = this.#language.translate(key);
    value.textContent = `${Math.round(this.#ms[part])} ms`;
    row.append(mark, name, value);
    return row;
  }
}
