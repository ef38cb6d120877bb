/**
 * The numbers beside the picture: four at a glance, all of them explained on request.
 *
 * In: stats of the connection and latency samples, once a second. Out: text. Owns the
 * elements with data-stat and the list #stats.
 */

import { byId } from './elements.js';
import { median } from './latency.js';

/** @typedef {import('./connection_stats.js').ConnectionStats} ConnectionStats */
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
 * @param {ConnectionStats | null} stats
 * @returns {Record<string, string | null>}
 */
function textsOf(stats) {
  if (!stats) return {};
  const { width, height, codecs, packetsLost, packetsReceived, roundTripMs } = stats;
  const size = width && height ? `${width} × ${height}` : null;
  return {
    network: roundTripMs !== null && roundTripMs < 1 ? '< 1 ms' : withUnit(roundTripMs, 'ms'),
    fps: withUnit(stats.fps, '')?.trim() ?? null,
    soundBuffer: withUnit(stats.soundBufferMs, 'ms'),
    pictureBuffer: withUnit(stats.pictureBufferMs, 'ms'),
    lost: `${packetsLost} / ${packetsLost + packetsReceived}`,
    size: size && codecs ? `${size}, ${codecs}` : size,
    rate: withUnit(stats.kbps, 'kbit/s'),
  };
}

export class StatsPanel {
  #language;
  #list = byId('stats', HTMLElement);
  /** @type {Record<string, string | null>} */
  #texts = {};

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    for (const key of ROWS) this.#list.append(this.#row(key));
    language.addEventListener('change', () => this.#render());
    this.#render();
  }

  /**
   * @param {ConnectionStats | null} stats null when there is no connection
   * @param {Latency} latency
   */
  show(stats, latency) {
    this.#texts = {
      ...textsOf(stats),
      sound: withUnit(median(latency.sound), 'ms'),
      silence: withUnit(median(latency.silence), 'ms'),
      soundCount: String(latency.sound.length),
      silenceCount: String(latency.silence.length),
    };
    this.#render();
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

  #render() {
    const none = this.#language.translate('notYet');
    for (const element of document.querySelectorAll('[data-stat]')) {
      element.textContent = this.#texts[element.getAttribute('data-stat') ?? ''] ?? none;
    }
    for (const element of this.#list.querySelectorAll('[data-row]')) {
      const key = element.getAttribute('data-row') ?? '';
      const value = this.#texts[key] ?? none;
      const count = this.#texts[`${key}Count`] ?? null;
      const counted = value !== none && count !== null;
      element.textContent = counted ? this.#language.translate('ofCount', { value, count }) : value;
    }
  }
}
