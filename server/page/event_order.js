/**
 * The events of a session in their order, each once, whichever way they came.
 *
 * In: events by the data channel and by the HTTP stream, which overlap. Out: those whose turn
 * it is; the others wait for the missing ones. Owns what waits, which is bounded.
 */

/**
 * @typedef {object} SessionEvent what the server tells of a session (docs/api.md)
 * @property {number} id counts up from 1 in a session
 * @property {string} status its kind
 * @property {string} [state]
 * @property {number} [utterance]
 * @property {number} [tick]
 * @property {string} [text]
 * @property {number} [start_ms]
 * @property {number} [end_ms]
 * @property {number} [turn]
 * @property {boolean} [final]
 * @property {Record<string, number>} [ms]
 */

/** More than the server keeps: past this the missing ones will not come. */
const MAX_WAITING = 1_024;

/**
 * @param {string} text
 * @returns {SessionEvent | null} null of what is no event
 */
export function parseEvent(text) {
  try {
    const event = JSON.parse(text);
    return Number.isInteger(event?.id) && typeof event.status === 'string' ? event : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export class EventOrder {
  /** The newest event that was handed out. */
  last = 0;
  /** @type {Map<number, SessionEvent>} */
  #waiting = new Map();

  /** Whether something waits for events that are missing. */
  get hasGap() {
    return this.#waiting.size > 0;
  }

  /**
   * @param {SessionEvent} event
   * @returns {SessionEvent[]} what may be shown now, in order
   */
  add(event) {
    if (event.id <= this.last) return [];
    if (event.status === 'gap') this.last = event.id - 1; // the server has no more of those
    this.#waiting.set(event.id, event);
    return this.#waiting.size > MAX_WAITING ? this.flush() : this.#ready();
  }

  /**
   * The missing events will not come.
   * @returns {SessionEvent[]} what waited for them, in order
   */
  flush() {
    const events = [...this.#waiting.values()].sort((a, b) => a.id - b.id);
    this.#waiting.clear();
    this.last = events.at(-1)?.id ?? this.last;
    return events;
  }

  #ready() {
    const ready = [];
    for (const id of this.#waiting.keys()) if (id <= this.last) this.#waiting.delete(id);
    for (;;) {
      const next = this.#waiting.get(this.last + 1);
      if (!next) return ready;
      this.#waiting.delete(next.id);
      this.last = next.id;
      ready.push(next);
    }
  }
}
