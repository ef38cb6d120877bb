/**
 * The STUN and TURN servers that the server names for browsers (GET /config).
 *
 * In: what /config says. Out: the `iceServers` of an RTCPeerConnection, asked for again before
 * their credentials end. A server that names none, or does not answer, leaves the browser with the
 * addresses of its own machine.
 */

import * as api from './api.js';

export class IceServers {
  /** @type {RTCIceServer[]} */
  #servers = [];
  /** When they have to be asked for again, by performance.now(). */
  #until = 0;

  /** @returns {Promise<RTCIceServer[]>} */
  async now() {
    if (performance.now() < this.#until) return this.#servers;
    try {
      const { ice_servers: servers = [], ice_seconds: seconds = 0 } = await api.config();
      this.#servers = servers;
      this.#until = seconds ? performance.now() + (1000 * seconds) / 2 : Infinity;
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error; // the offer tells what is wrong
    }
    return this.#servers;
  }
}
