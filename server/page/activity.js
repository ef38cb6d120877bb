/**
 * What the face is doing, as far as this page can hear: speaking, or owing an answer.
 *
 * In: what was heard, sent and interrupted. Out: `speaking` and `interruptible`. All times
 * are ms on one clock, given by the caller. Owns nothing.
 */

/** @typedef {import('./loudness.js').Heard} Heard */

/** The pauses between words are shorter than this. */
const SPEECH_GAP_MS = 350;
/** The pauses between sentences are shorter than this: an interrupt still makes sense. */
const SENTENCE_GAP_MS = 1_500;
/** A request that stays without sound for this long is no longer waited for. */
const OWED_MS = 20_000;

export class Activity {
  speaking = false;
  /** Whether there is, or soon will be, something to interrupt. */
  interruptible = false;

  #lastLoud = -Infinity;
  #owedSince = -Infinity;
  #cut = false;

  /** @param {number} at when something was sent to be said, ms */
  sent(at) {
    this.#owedSince = at;
    this.#cut = false;
    this.interruptible = true;
  }

  /** What was sent last will not be said. */
  refused() {
    this.#owedSince = -Infinity;
  }

  /** Nothing is waited for any more; what still sounds is about to end. */
  interrupted() {
    this.#owedSince = -Infinity;
    this.#cut = true;
  }

  /** The call was lost: nothing is said and nothing will be. */
  forget() {
    this.refused();
    this.#lastLoud = -Infinity;
    this.speaking = false;
    this.interruptible = false;
  }

  /** @param {Heard} heard */
  hear({ now, first, last }) {
    if (last !== null) this.#lastLoud = last;
    if (first !== null && first > this.#owedSince) this.#owedSince = -Infinity;
    this.speaking = now - this.#lastLoud < SPEECH_GAP_MS;
    const gap = this.#cut ? SPEECH_GAP_MS : SENTENCE_GAP_MS;
    this.interruptible = now - this.#lastLoud < gap || now - this.#owedSince < OWED_MS;
  }
}
