/**
 * Follows the events of one call: down the data channel, and by EventSource where that is not
 * there yet, has closed, or left something out.
 *
 * In: a channel labelled `events` and a session id. Out: each event once and in order, with
 * how it came. Owns at most one EventSource and one timer, freed by `close`.
 */

import { Inbox, read } from './event_order.js';

/** @typedef {import('./event_order.js').CallEvent} CallEvent */

/** A channel opens a few round trips after the media; one that takes longer may never. */
const PATIENCE_MS = 3_000;
/** Pauses before each attempt of the HTTP stream that follows one without an event, ms. */
const BACK_OFF_MS = [0, 1_000, 2_000, 4_000, 8_000, 8_000];

export class Follow {
  #inbox = new Inbox();
  #channel;
  #sessionid;
  #onEvent;
  /** @type {EventSource | null} */
  #source = null;
  #timer = 0;
  #fruitless = 0;
  #stop = new AbortController();

  /**
   * @param {RTCDataChannel} channel
   * @param {string} sessionid
   * @param {(event: CallEvent, straight: boolean) => void} onEvent straight: it came beside
   *   its sound, and not later by another way
   */
  constructor(channel, sessionid, onEvent) {
    this.#channel = channel;
    this.#sessionid = sessionid;
    this.#onEvent = onEvent;
    const { signal } = this.#stop;
    channel.addEventListener('message', ({ data }) => this.#take(data, true), { signal });
    channel.addEventListener('open', () => this.#settle(), { signal });
    channel.addEventListener('close', () => this.#ask(), { signal });
    if (channel.readyState === 'closed') this.#ask();
    else if (channel.readyState !== 'open') this.#later(PATIENCE_MS);
  }

  close() {
    this.#stop.abort();
    this.#hangUp();
  }

  /**
   * @param {unknown} data
   * @param {boolean} straight
   */
  #take(data, straight) {
    const event = typeof data === 'string' ? read(data) : null;
    if (!event) return;
    const ready = this.#inbox.take(event);
    for (const one of ready) this.#tell(one, straight && one === event);
    if (this.#inbox.gaping && this.#timer === 0) this.#ask();
    else this.#settle();
  }

  /**
   * @param {CallEvent} event
   * @param {boolean} straight
   */
  #tell(event, straight) {
    this.#onEvent(event, straight);
    if (event.status === 'closed') this.close();
  }

  /** The HTTP stream is not needed while the channel is whole. */
  #settle() {
    if (this.#channel.readyState === 'open' && !this.#inbox.gaping) this.#hangUp();
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#source?.close();
    this.#source = null;
    this.#fruitless = 0;
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#ask();
    }, ms);
  }

  /** Asks for what comes behind the last event. */
  #ask() {
    if (this.#source || this.#stop.signal.aborted) return;
    const asked = new URLSearchParams({
      sessionid: this.#sessionid,
      after: String(this.#inbox.last),
    });
    const source = new EventSource(new URL(`sse?${asked}`, document.baseURI));
    this.#source = source;
    source.addEventListener('message', ({ data }) => {
      this.#fruitless = 0;
      this.#take(data, false);
    });
    source.addEventListener('error', () => this.#again(source));
  }

  /**
   * The stream broke. Asked for anew here rather than by the browser, behind the newest event.
   * @param {EventSource} source
   */
  #again(source) {
    source.close();
    if (source !== this.#source) return;
    this.#source = null;
    this.#fruitless += 1;
    if (this.#fruitless < BACK_OFF_MS.length) this.#later(BACK_OFF_MS[this.#fruitless]);
    else for (const event of this.#inbox.giveUp()) this.#tell(event, false);
  }
}
