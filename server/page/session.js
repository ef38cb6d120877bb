/**
 * The life of a session: connecting, live, reconnecting with back-off, ended or failed.
 *
 * In: start, end. Out: `state` events, and the `Peer` of the moment. At most one connection
 * is open at a time; a lost one is closed at the server too, so that it holds no place
 * there. Owns the Peer.
 */

import * as api from './api.js';
import { IceServers } from './ice_servers.js';
import { Peer, PeerError } from './peer.js';

/** @typedef {'idle' | 'connecting' | 'live' | 'reconnecting' | 'ended' | 'failed'} SessionState */

/** Pauses before each attempt to reconnect, in ms: a minute in all. */
const BACK_OFF_MS = [0, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000];
/** A server that is still starting asks for a second's patience; it gets this many. */
const STARTING_TRIES = 5;
const STARTING_PATIENCE_S = 2;

/** How often a server that is away is asked whether it is back. */
const HEALTH_EVERY_MS = 250;
/** A connection that lasts this long starts the back-off anew when it is lost. */
const STABLE_MS = 10_000;

export const MAX_ATTEMPTS = BACK_OFF_MS.length;

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} after the time, or as soon as the browser is online again
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const timer = setTimeout(() => settle(resolve), ms);
    /** @param {() => void} how */
    const settle = (how) => {
      clearTimeout(timer);
      stop.abort();
      how();
    };
    addEventListener('online', () => settle(resolve), { signal: stop.signal });
    const ended = () => settle(() => reject(signal.reason));
    signal.addEventListener('abort', ended, { signal: stop.signal });
  });
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} as soon as the server says that it is ready, or after the time
 */
async function untilHealthy(ms, signal) {
  const until = performance.now() + ms;
  do {
    await pause(Math.min(HEALTH_EVERY_MS, Math.max(0, until - performance.now())), signal);
  } while (performance.now() < until && !(await api.healthy(signal)));
}

/**
 * @param {unknown} error
 * @returns {boolean} whether a part of the server is about to be there
 */
function isStarting(error) {
  const wait = error instanceof api.ApiError ? error.retryAfter : null;
  return wait !== null && wait <= STARTING_PATIENCE_S;
}

/** @param {unknown} error */
function isTransient(error) {
  if (!(error instanceof api.ApiError)) return true;
  return error.status === 0 || error.status === 408 || error.status >= 500;
}

export class Session extends EventTarget {
  /** @type {SessionState} */
  state = 'idle';
  /** Which attempt to reconnect this is, from 1. */
  attempt = 0;
  /** Why the session failed. @type {unknown} */
  reason = null;
  /** @type {Peer | null} */
  peer = null;
  /** Whether it is being made anew because another appearance was wanted. */
  changing = false;
  /** Whether the server did not answer the last attempt to reconnect. */
  serverAway = false;
  /** Whether the server has to prepare first who is wanted. */
  preparing = false;

  #running = new AbortController();
  #connectedAt = 0;
  /** The session that was lost, whose conversation the next goes on with. */
  #previous = '';
  #applyingBackground = false;
  #changingAvatar = false;
  #appearance;
  #iceServers = new IceServers();

  /** @param {() => api.AppearanceRequest} appearance who is wanted whenever a connection is made */
  constructor(appearance) {
    super();
    this.#appearance = appearance;
  }

  /** The session id while live, else null. */
  get sessionid() {
    return this.state === 'live' && this.peer ? this.peer.sessionid : null;
  }

  /** Aborts when the session ends; for what only makes sense while it lasts. */
  get signal() {
    return this.#running.signal;
  }

  /** Runs the session to its end; never rejects. */
  async start() {
    if (['connecting', 'live', 'reconnecting'].includes(this.state)) return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.attempt = 0;
    this.changing = false;
    this.serverAway = false;
    this.#previous = '';
    this.preparing = this.#appearance().timeoutMs !== undefined;
    this.#enter('connecting');
    try {
      await this.#firstConnect(signal);
      for (;;) {
        await this.#untilLost(signal);
        await this.#reconnect(signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.reason = error;
      this.#enter('failed');
    }
  }

  /**
   * Shows who is wanted now: in the session that runs or, where their pictures have another size, in
   * a new one. Rejects if the server will not; then who was there stays.
   */
  async changeAppearance() {
    const { peer } = this;
    if (this.#changingAvatar || this.state !== 'live' || !peer) return; // a connection will have it
    this.#changingAvatar = true;
    try {
      let wanted = this.#appearance();
      while (peer === this.peer && wanted.avatar !== null && wanted.avatar !== peer.appearance.avatar) {
        await api.setAvatar(peer.sessionid, wanted.avatar, wanted.timeoutMs);
        const background = wanted.background === '' ? '' : peer.appearance.background;
        peer.appearance = { ...peer.appearance, avatar: wanted.avatar, background };
        wanted = this.#appearance(); // it may have been changed meanwhile
      }
    } catch (error) {
      const otherSize = error instanceof api.ApiError && error.status === 409;
      if (!otherSize) throw error;
      if (peer === this.peer) this.#connectAnew();
    } finally {
      this.#changingAvatar = false;
    }
  }

  #connectAnew() {
    if (this.state !== 'live') return; // the next connection will have it anyway
    this.attempt = 0;
    this.changing = true;
    this.preparing = this.#appearance().timeoutMs !== undefined;
    this.peer?.giveUp();
  }

  /**
   * Puts what is wanted now behind the person. Rejects if the server will not; then what was
   * there stays.
   */
  async applyBackground() {
    const { peer } = this;
    if (this.#applyingBackground || !peer || this.sessionid === null) return;
    this.#applyingBackground = true;
    try {
      let { background } = this.#appearance();
      while (peer === this.peer && background !== peer.appearance.background) {
        await api.setBackground(peer.sessionid, background);
        peer.appearance = { ...peer.appearance, background };
        ({ background } = this.#appearance()); // it may have been changed meanwhile
      }
    } finally {
      this.#applyingBackground = false;
    }
  }

  /** The user hangs up. */
  end() {
    if (!['connecting', 'live', 'reconnecting'].includes(this.state)) return;
    this.#running.abort();
    this.#closePeer();
    this.#enter('ended');
  }

  /** The page goes away. */
  leave() {
    this.#running.abort();
    if (this.peer?.sessionid) api.closeAtUnload(this.peer.sessionid);
    this.peer?.close();
    this.peer = null;
  }

  /** @param {AbortSignal} signal */
  async #firstConnect(signal) {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#connect(signal);
        return;
      } catch (error) {
        if (signal.aborted || !isStarting(error) || tries === STARTING_TRIES) throw error;
        await untilHealthy(1000 * STARTING_PATIENCE_S, signal);
      }
    }
  }

  /** @param {AbortSignal} signal */
  async #reconnect(signal) {
    if (performance.now() - this.#connectedAt > STABLE_MS) this.attempt = 0;
    if (this.attempt === MAX_ATTEMPTS) throw new PeerError('lostForGood');
    let retryAfterMs = 0;
    for (;;) {
      this.attempt += 1;
      this.#enter('reconnecting');
      this.#closePeer(); // after the state was told, so that the last picture can be kept
      const wait = Math.max(BACK_OFF_MS[this.attempt - 1], retryAfterMs);
      if (this.serverAway) await untilHealthy(wait, signal);
      else await pause(wait, signal);
      try {
        await this.#connect(signal);
        return;
      } catch (error) {
        if (signal.aborted || !isTransient(error) || this.attempt === MAX_ATTEMPTS) throw error;
        this.serverAway = error instanceof api.ApiError && (error.status === 0 || isStarting(error));
        retryAfterMs = 1000 * ((error instanceof api.ApiError && error.retryAfter) || 0);
      }
    }
  }

  /** @param {AbortSignal} signal */
  async #connect(signal) {
    const peer = new Peer(this.#appearance(), await this.#iceServers.now());
    signal.throwIfAborted();
    this.peer = peer;
    try {
      await peer.open(this.#previous, signal);
    } catch (error) {
      this.#closePeer();
      throw error;
    }
    this.#connectedAt = performance.now();
    this.#previous = peer.sessionid;
    this.serverAway = false;
    this.changing = false;
    this.preparing = false;
    peer.addEventListener('disconnected', () => this.#changeState(peer, 'reconnecting'));
    peer.addEventListener('connected', () => this.#changeState(peer, 'live'));
    this.#enter('live');
  }

  /**
   * Resolves when the connection is lost.
   * @param {AbortSignal} signal
   */
  async #untilLost(signal) {
    await this.peer?.lost;
    signal.throwIfAborted();
  }

  /**
   * @param {Peer} peer
   * @param {SessionState} state
   */
  #changeState(peer, state) {
    if (peer === this.peer && this.state !== state) this.#enter(state);
  }

  /** Lets go of the connection here and, as far as it can be reached, at the server. */
  #closePeer() {
    const { peer } = this;
    this.peer = null;
    if (!peer) return;
    peer.close();
    if (!peer.sessionid) return;
    api.close(peer.sessionid).catch((error) => {
      if (!(error instanceof api.ApiError)) throw error; // unreachable or restarted: it knows
    });
  }

  /** @param {SessionState} state */
  #enter(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}
