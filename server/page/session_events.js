/**
 * Follows the events of one session: down the data channel, and by EventSource where that is not
 * there yet, has closed, or left something out.
 *
 * In: a channel labelled `events` and a session id. Out: each event once and in order, with
 * how it came. Owns at most one EventSource and one timer, freed by `close`.
 */

import { EventOrder, parseEvent } from './event_order.js';

/** @typedef {import('./event_order.js').SessionEvent} SessionEvent */

/** A channel opens a few round trips after the media; one that takes longer may never. */
const CHANNEL_TIMEOUT_MS = 3_000;
/** Pauses before each attempt of the HTTP stream that follows one without an event, ms. */
const BACK_OFF_MS = [0, 1_000, 2_000, 4_000, 8_000, 8_000];

export class SessionEvents {
  #order = new EventOrder();
  #channel;
  #sessionid;
  #onEvent;
  /** @type {EventSource | null} */
  #stream = null;
  #timer = 0;
  #failures = 0;
  #stop = new AbortController();

  /**
   * @param {RTCDataChannel} channel
   * @param {string} sessionid
   * @param {(event: SessionEvent, direct: boolean) => void} onEvent direct: it came beside
   *   its sound, and not later by another way
   */
  constructor(channel, sessionid, onEvent) {
    this.#channel = channel;
    this.#sessionid = sessionid;
    this.#onEvent = onEvent;
    const { signal } = this.#stop;
    channel.addEventListener('message', ({ data }) => this.#receive(data, true), { signal });
    channel.addEventListener('open', () => this.#closeStreamIfWhole(), { signal });
    channel.addEventListener('close', () => this.#openStream(), { signal });
    if (channel.readyState === 'closed') this.#openStream();
    else if (channel.readyState !== 'open') this.#openStreamLater(CHANNEL_TIMEOUT_MS);
  }

  close() {
    this.#stop.abort();
    this.#closeStream();
  }

  /**
   * @param {unknown} data
   * @param {boolean} direct
   */
  #receive(data, direct) {
    const event = typeof data === 'string' ? parseEvent(data) : null;
    if (!event) return;
    const ready = this.#order.add(event);
    for (const one of ready) this.#emit(one, direct && one === event);
    if (this.#order.hasGap && this.#timer === 0) this.#openStream();
    else this.#closeStreamIfWhole();
  }

  /**
   * @param {SessionEvent} event
   * @param {boolean} direct
   */
  #emit(event, direct) {
    this.#onEvent(event, direct);
    if (event.status === 'closed') this.close();
  }

  /** The HTTP stream is not needed while the channel is whole. */
  #closeStreamIfWhole() {
    if (this.#channel.readyState === 'open' && !this.#order.hasGap) this.#closeStream();
  }

  #closeStream() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#stream?.close();
    this.#stream = null;
    this.#failures = 0;
  }

  /** @param {number} ms */
  #openStreamLater(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#openStream();
    }, ms);
  }

  /** Asks for what comes behind the last event. */
  #openStream() {
    if (this.#stream || this.#stop.signal.aborted) return;
    const asked = new URLSearchParams({
      sessionid: this.#sessionid,
      after: String(this.#order.last),
    });
    const source = new EventSource(new URL(`sse?${asked}`, document.baseURI));
    this.#stream = source;
    source.addEventListener('message', ({ data }) => {
      this.#failures = 0;
      this.#receive(data, false);
    });
    source.addEventListener('error', () => this.#onStreamError(source));
  }

  /**
   * The stream broke. Asked for anew here rather than by the browser, behind the newest event.
   * @param {EventSource} source
   */
  #onStreamError(source) {
    source.close();
    if (source !== this.#stream) return;
    this.#stream = null;
    this.#failures += 1;
    if (this.#failures < BACK_OFF_MS.length) this.#openStreamLater(BACK_OFF_MS[this.#failures]);
    else for (const event of this.#order.flush()) this.#emit(event, false);
  }
}
