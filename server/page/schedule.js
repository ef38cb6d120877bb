/**
 * Shows each event when what it tells of is heard, not when it arrives.
 *
 * In: events and the instants at which they are due. Out: each of them, in the order of these
 * instants. Owns one timer and what waits for it.
 */

/** @typedef {import('./event_order.js').SessionEvent} SessionEvent */

export class Schedule {
  #show;
  /**
   * By `due`, then in the order in which they came.
   * @type {{ due: number, event: SessionEvent }[]}
   */
  #waiting = [];
  #timer = 0;

  /** @param {(event: SessionEvent) => void} show */
  constructor(show) {
    this.#show = show;
  }

  /**
   * @param {SessionEvent} event
   * @param {number} due ms on the clock of performance.now()
   */
  add(event, due) {
    const after = this.#waiting.findIndex((one) => one.due > due);
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, { due, event });
    this.#run();
  }

  /** Nothing of what waits is shown. */
  clear() {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #run() {
    clearTimeout(this.#timer);
    while (this.#waiting.length > 0 && this.#waiting[0].due <= performance.now()) {
      const [{ event }] = this.#waiting.splice(0, 1);
      this.#show(event);
    }
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => this.#run(), this.#waiting[0].due - performance.now());
  }
}
