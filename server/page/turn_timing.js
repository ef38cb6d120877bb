/**
 * Where the time of the newest answer went: from the person's last sound to the face's first.
 *
 * In: the parts that the server measured, when each step was taken, and the way to this page. Out:
 * one bar for each part, on one time line: hatched as far as it was done ahead, unheard, before
 * the turn was sure to be over. A server that tells no steps has the parts one after another. Owns
 * #turn-timing.
 */

import { byId } from './elements.js';
import { asTaken, inARow } from './turn_spans.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */
/** @typedef {import('./turn_spans.js').Span} Span */

/** The key of each part's words. @type {Record<string, StringKey>} */
const NAMES = {
  vad: 'partVad',
  asr: 'partAsr',
  llm: 'partLlm',
  sentence: 'partSentence',
  tts: 'partTts',
  face: 'partFace',
  delivery: 'partDelivery',
};
const NARROWEST = 0.5;

export class TurnTiming {
  #language;
  #box = byId('turn-timing', HTMLElement);
  #total = byId('turn-timing-total', HTMLElement);
  #list = byId('turn-timing-parts', HTMLElement);
  #ahead = byId('turn-timing-ahead', HTMLElement);
  /** @type {Span[]} */
  #spans = [];
  #turnEnd = 0;

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    language.addEventListener('change', () => this.#render());
  }

  /**
   * @param {Record<string, number>} ms the server's parts, and their `total`
   * @param {Record<string, number | undefined> | null} steps when each step was taken
   * @param {number | null} delivery half the round trip and the sound's buffer; null: not known
   */
  show(ms, steps, delivery) {
    this.#spans = steps
      ? asTaken(steps, delivery)
      : inARow(delivery === null ? ms : { ...ms, delivery });
    this.#turnEnd = steps?.turn_end ?? 0;
    this.#box.hidden = false;
    this.#render();
  }

  clear() {
    this.#box.hidden = true;
    this.#spans = [];
  }

  #render() {
    const whole = Math.max(0, ...this.#spans.map(({ until }) => until));
    this.#total.textContent = `${Math.round(whole)} ms`;
    this.#list.replaceChildren(...this.#spans.map((span) => this.#row(span, Math.max(1, whole))));
    this.#ahead.hidden = !this.#spans.some((span) => this.#isAhead(span));
  }

  /** @param {Span} span */
  #isAhead({ part, from }) {
    return part !== 'vad' && from < this.#turnEnd;
  }

  /**
   * @param {Span} span
   * @param {number} whole
   */
  #row(span, whole) {
    const row = document.createElement('li');
    const [name, track, value] = ['span', 'u', 'b'].map((tag) => document.createElement(tag));
    const { part, from, until } = span;
    name.textContent = this.#language.translate(NAMES[part]);
    const seam = this.#isAhead(span) ? Math.min(until, this.#turnEnd) : from;
    if (seam > from) track.append(this.#bar(part, from, seam, whole, true));
    if (until > seam || seam === from) track.append(this.#bar(part, seam, until, whole, false));
    value.textContent = `${Math.round(until - from)} ms`;
    row.append(name, track, value);
    return row;
  }

  /**
   * @param {string} part
   * @param {number} from
   * @param {number} until
   * @param {number} whole
   * @param {boolean} ahead
   */
  #bar(part, from, until, whole, ahead) {
    const bar = document.createElement('i');
    bar.dataset.part = part;
    bar.classList.toggle('ahead', ahead);
    bar.style.setProperty('left', `${(100 * Math.max(0, from)) / whole}%`);
    bar.style.setProperty('width', `${Math.max(NARROWEST, (100 * (until - Math.max(0, from))) / whole)}%`);
    return bar;
  }
}
