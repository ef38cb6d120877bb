/**
 * Notices that a session is gone before the browser does.
 *
 * The server sends sound all the time, speech or not. A browser takes five seconds and more to
 * call a connection that falls silent disconnected; so half a second without a packet is enough to ask
 * the server whether it knows the session. In: the peer that plays. Out: it is given up if not.
 * Owns one timer, freed by `close`.
 */

import * as api from './api.js';

/** @typedef {import('./peer.js').Peer} Peer */

const LOOK_EVERY_MS = 200;
const SILENT_MS = 500;
/** A server that knows the session is not asked again for so long. */
const ASK_AGAIN_MS = 1_000;

export class SilenceWatch {
  #peer;
  #timer;
  #heardAt = performance.now();
  #newest = 0;

  /** @param {Peer} peer that is live */
  constructor(peer) {
    this.#peer = peer;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  async #look() {
    const now = performance.now();
    const [source] = this.#peer.audioReceiver.getSynchronizationSources();
    if (!source || source.timestamp > this.#newest) {
      this.#newest = source?.timestamp ?? 0;
      this.#heardAt = now;
    } else if (now - this.#heardAt > SILENT_MS) {
      this.#heardAt = now + ASK_AGAIN_MS - SILENT_MS;
      if (!(await api.isKnown(this.#peer.sessionid))) this.#peer.giveUp();
    }
  }
}
