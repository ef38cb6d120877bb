/**
 * The numbers beside the picture: four at a glance, all of them explained on request.
 *
 * In: figures of the connection and latency samples, once a second. Out: text. Owns the
 * elements with data-figure and the list #figures.
 */

import { byId } from './elements.js';
import { median } from './latency.js';

/** @typedef {import('./connection_stats.js').Figures} Figures */
/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./latency.js').Latency} Latency */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** Each row's key; its explanation is the key with "Why" behind it. @type {StringKey[]} */
const ROWS = [
  'sound', 'silence', 'network', 'fps', 'soundBuffer', 'pictureBuffer', 'lost', 'size', 'rate',
];

/**
 * @param {number | null} value
 * @param {string} unit
 */
function withUnit(value, unit) {
  return value === null ? null : `${Math.round(value)} ${unit}`;
}

/**
 * @param {Figures | null} figures
 * @returns {Record<string, string | null>}
 */
function wordsOf(figures) {
  if (!figures) return {};
  const { width, height, codecs, packetsLost, packetsReceived, roundTripMs } = figures;
  const size = width && height ? `${width} × ${height}` : null;
  return {
    network: roundTripMs !== null && roundTripMs < 1 ? '< 1 ms' : withUnit(roundTripMs, 'ms'),
    fps: withUnit(figures.fps, '')?.trim() ?? null,
    soundBuffer: withUnit(figures.soundBufferMs, 'ms'),
    pictureBuffer: withUnit(figures.pictureBufferMs, 'ms'),
    lost: `${packetsLost} / ${packetsLost + packetsReceived}`,
    size: size && codecs ? `${size}, ${codecs}` : size,
    rate: withUnit(figures.kbps, 'kbit/s'),
  };
}

export class Readout {
  #language;
  #list = byId('figures', HTMLElement);
  /** @type {Record<string, string | null>} */
  #words = {};

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    for (const key of ROWS) this.#list.append(this.#row(key));
    language.addEventListener('change', () => this.#put());
    this.#put();
  }

  /**
   * @param {Figures | null} figures null when there is no connection
   * @param {Latency} latency
   */
  show(figures, latency) {
    this.#words = {
      ...wordsOf(figures),
      sound: withUnit(median(latency.sound), 'ms'),
      silence: withUnit(median(latency.silence), 'ms'),
      soundCount: String(latency.sound.length),
      silenceCount: String(latency.silence.length),
    };
    this.#put();
  }

  /** @param {StringKey} key */
  #row(key) {
    const row = document.createElement('div');
    const [term, value, why] = ['dt', 'dd', 'dd'].map((tag) => document.createElement(tag));
    term.dataset.text = key;
    value.dataset.row = key;
    why.dataset.text = `${key}Why`;
    why.className = 'why';
    row.append(term, value, why);
    return row;
  }

  #put() {
    const none = this.#language.say('notYet');
    for (const element of document.querySelectorAll('[data-figure]')) {
      element.textContent = this.#words[element.getAttribute('data-figure') ?? ''] ?? none;
    }
    for (const element of this.#list.querySelectorAll('[data-row]')) {
      const key = element.getAttribute('data-row') ?? '';
      const value = this.#words[key] ?? none;
      const count = this.#words[`${key}Count`] ?? null;
      const counted = value !== none && count !== null;
      element.textContent = counted ? this.#language.say('ofCount', { value, count }) : value;
    }
  }
}
