/**
 * Looks at the service, one a second, for as long as the page is seen.
 *
 * In: the stream of /operations. Out: each look, and how the stream is. A stream that breaks is asked
 * for again, ever later; one that is refused for good is not. Owns the request that runs.
 */

import * as api from './api.js';

/**
 * @typedef {{ stage: string, median: number, most: number }} StageTimes
 * @typedef {{ sessionid: string, avatar: string, engine: string, state: string, dialogue: string,
 *   speaking: boolean, recording: boolean, seconds: number, picture_kbps: number | null,
 *   sound_kbps: number | null, target_kbps: number | null, loss: number | null,
 *   round_trip_ms: number | null, dropped: number | null, stages: StageTimes[] }} WatchedSession
 * @typedef {{ actor: string, pid: number | null, state: string, restarts: number }} WatchedActor
 * @typedef {{ ready: boolean, lacking: string, capacity: number, sessions: WatchedSession[],
 *   actors: WatchedActor[] }} Operations
 * @typedef {'connecting' | 'live' | 'failed'} FeedState
 * @typedef {{ look: (operations: Operations) => void, state: (state: FeedState) => void,
 *   refused: (error: unknown) => void }} FeedListener
 */

/** Pauses before each attempt that follows one without a look, ms. */
const BACK_OFF_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** Refusals that asking again does not change: the server says no, or has no such page. */
const FINAL = [403, 404];

export class OperationsFeed {
  /** @type {FeedState} */
  state = 'connecting';
  #listener;
  /** @type {AbortController | null} */
  #running = null;

  /** @param {FeedListener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  start() {
    if (this.#running) return;
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
  }

  /** @param {AbortSignal} signal */
  async #run(signal) {
    for (let failures = 0; !signal.aborted; failures += 1) {
      this.#enter('connecting');
      try {
        for await (const look of api.operations(signal)) {
          failures = -1;
          this.#enter('live');
          this.#listener.look(look);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof api.ApiError && FINAL.includes(error.status)) {
          this.#enter('failed');
          this.#listener.refused(error);
          return;
        }
        if (!(error instanceof api.ApiError) && !(error instanceof TypeError)) throw error;
      }
      await pause(BACK_OFF_MS[Math.min(Math.max(failures, 0), BACK_OFF_MS.length - 1)], signal);
    }
  }

  /** @param {FeedState} state */
  #enter(state) {
    this.state = state;
    this.#listener.state(state);
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal ends it early
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
