/**
 * How long the face takes to begin and to stop, measured where this page hears it.
 *
 * In: when Speak and Interrupt were pressed, and what was heard. Out: one sample in ms for
 * each press that could be measured. What cannot be measured honestly is left out: a request
 * made while something was still being said waits for its turn, and an interrupt in silence
 * stops nothing. All times are ms on one clock, given by the caller. Owns its samples, of
 * which it keeps the newest.
 */

/** @typedef {import('./loudness.js').LevelReading} LevelReading */

const KEEP = 50;
/** A request that stays without sound for this long is given up. */
const TIMEOUT_MS = 20_000;
/** Silence for this long after an interrupt is the end, and not a gap between words. */
const SETTLED_MS = 300;

/**
 * @param {readonly number[]} samples
 * @returns {number | null} the p50; null of nothing
 */
export function median(samples) {
  if (samples.length === 0) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export class Latency {
  /** From Speak to the first loud sample, ms, oldest first. @type {number[]} */
  sound = [];
  /** From Interrupt to the last loud sample, ms, oldest first. @type {number[]} */
  silence = [];

  /** @type {number | null} */
  #askedAt = null;
  /** @type {number | null} */
  #interruptedAt = null;
  #lastLoud = -Infinity;

  /**
   * Speak was pressed.
   * @param {number} at ms
   * @param {boolean} quiet whether nothing was being said or waited for
   */
  asked(at, quiet) {
    this.#interruptedAt = null;
    if (quiet) this.#askedAt = at;
  }

  /** The request failed, or the session was lost: nothing will be heard of it. */
  cancel() {
    this.#askedAt = null;
    this.#interruptedAt = null;
  }

  /** @param {number} at when Interrupt was pressed, ms */
  interrupted(at) {
    this.#askedAt = null;
    this.#interruptedAt = at;
  }

  /** @param {LevelReading} reading */
  hear(reading) {
    if (reading.last !== null) this.#lastLoud = reading.last;
    this.#hearSound(reading);
    this.#hearSilence(reading);
  }

  /** @param {LevelReading} reading */
  #hearSound({ now, first }) {
    if (this.#askedAt === null) return;
    if (first !== null && first > this.#askedAt) {
      this.#keep(this.sound, first - this.#askedAt);
      this.#askedAt = null;
    } else if (now - this.#askedAt > TIMEOUT_MS) {
      this.#askedAt = null;
    }
  }

  /** @param {LevelReading} reading */
  #hearSilence({ now }) {
    if (this.#interruptedAt === null) return;
    const end = Math.max(this.#interruptedAt, this.#lastLoud);
    if (now - end < SETTLED_MS) return;
    if (end > this.#interruptedAt) this.#keep(this.silence, end - this.#interruptedAt);
    this.#interruptedAt = null;
  }

  /**
   * @param {number[]} samples
   * @param {number} sample
   */
  #keep(samples, sample) {
    samples.push(sample);
    if (samples.length > KEEP) samples.shift();
  }
}
