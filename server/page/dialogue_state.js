/**
 * What the face is about, as it is shown: one word.
 *
 * In: the server's states and holds, and whether the face is heard here. Out: `shown`. A
 * server that tells no events leaves it to what is heard. Owns nothing.
 */

/** @typedef {'idle' | 'listening' | 'thinking' | 'speaking' | 'held'} DialogueStateName */

const STATES = ['idle', 'listening', 'thinking', 'speaking'];

export class DialogueState {
  /** Whether the face is heard. */
  speaking = false;
  /** @type {DialogueStateName} */
  #state = 'idle';
  #held = false;
  #newest = 0;

  /** @returns {DialogueStateName} */
  get shown() {
    if (this.#held) return 'held';
    return this.#state === 'idle' && this.speaking ? 'speaking' : this.#state;
  }

  /**
   * @param {number} id of the event; an older one than the last is passed over, since only
   *   some states wait for the sound
   * @param {string} state
   */
  enter(id, state) {
    if (id < this.#newest || !STATES.includes(state)) return;
    this.#newest = id;
    this.#state = /** @type {DialogueStateName} */ (state);
    if (state !== 'listening') this.#held = false;
  }

  /** The face waits: the person makes a sound, which may be nothing. */
  hold() {
    this.#held = true;
  }

  /** The face goes on, or is done. */
  release() {
    this.#held = false;
  }

  /** The session was lost or begins anew. */
  reset() {
    this.speaking = false;
    this.#state = 'idle';
    this.#held = false;
    this.#newest = 0;
  }
}
