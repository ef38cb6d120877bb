/**
 * What the face is doing, as far as this page can hear: speaking, or about to speak.
 *
 * In: what was heard, sent and interrupted. Out: `speaking` and `interruptible`. All times
 * are ms on one clock, given by the caller. Owns nothing.
 */

/** @typedef {import('./loudness.js').LevelReading} LevelReading */

/** The pauses between words are shorter than this. */
const SPEECH_GAP_MS = 350;
/** The pauses between sentences are shorter than this: an interrupt still makes sense. */
const SENTENCE_GAP_MS = 1_500;
/** A request that stays without sound for this long is no longer waited for. */
const PENDING_MS = 20_000;

export class Activity {
  speaking = false;
  /** Whether there is, or soon will be, something to interrupt. */
  interruptible = false;

  #lastLoud = -Infinity;
  #pendingSince = -Infinity;
  #interrupted = false;

  /** @param {number} at when something was sent to be said, ms */
  sent(at) {
    this.#pendingSince = at;
    this.#interrupted = false;
    this.interruptible = true;
  }

  /** What was sent last will not be said. */
  refused() {
    this.#pendingSince = -Infinity;
  }

  /** Nothing is waited for any more; what still sounds is about to end. */
  interrupted() {
    this.#pendingSince = -Infinity;
    this.#interrupted = true;
  }

  /** The session was lost: nothing is said and nothing will be. */
  reset() {
    this.refused();
    this.#lastLoud = -Infinity;
    this.speaking = false;
    this.interruptible = false;
  }

  /** @param {LevelReading} reading */
  hear({ now, first, last }) {
    if (last !== null) this.#lastLoud = last;
    if (first !== null && first > this.#pendingSince) this.#pendingSince = -Infinity;
    this.speaking = now - this.#lastLoud < SPEECH_GAP_MS;
    const gap = this.#interrupted ? SPEECH_GAP_MS : SENTENCE_GAP_MS;
    this.interruptible = now - this.#lastLoud < gap || now - this.#pendingSince < PENDING_MS;
  }
}
