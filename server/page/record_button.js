/**
 * The button that records the session, and hands the film over at the end.
 *
 * In: the session of the moment, presses, what the server tells of its recording. Out: requests, a
 * download, and what is to be said, by the handlers given. A film that ends by itself, or with its
 * session, is handed over, too. Owns #record.
 */

import { ApiError, filmIsWhole, record } from './api.js';
import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./event_order.js').SessionEvent} SessionEvent */
/** @typedef {'off' | 'starting' | 'on' | 'ending'} RecordState */

/** How often a film is asked for that the server still makes whole, and the pauses between, ms. */
const TRIES = 8;
const BETWEEN_MS = 500;

/** @param {string} sessionid */
function save(sessionid) {
  const link = document.createElement('a');
  link.href = new URL(`record/${encodeURIComponent(sessionid)}`, document.baseURI).href;
  link.download = '';
  link.click();
}

export class RecordButton {
  #language;
  #on;
  #button = byId('record', HTMLButtonElement);
  /** @type {string | null} */
  #sessionid = null;
  /** @type {RecordState} */
  #state = 'off';

  /**
   * @param {Language} language
   * @param {{ error: (error: unknown) => void, ended: (why: string) => void }} on ended: the
   *   recording ended by itself
   */
  constructor(language, on) {
    this.#language = language;
    this.#on = on;
    this.#button.addEventListener('click', () => void (this.#state === 'on' ? this.finish() : this.#start()));
    language.addEventListener('change', () => this.#render());
    this.#render();
  }

  /** @param {string | null} sessionid of the session that is live, if one is */
  enable(sessionid) {
    const before = this.#sessionid;
    this.#sessionid = sessionid;
    if (before !== null && before !== sessionid && this.#state === 'on') {
      this.#state = 'off';
      void this.#saveWhenWhole(before); // it ended with its session
    }
    this.#render();
  }

  /** @param {SessionEvent} event of the kind `recording`: somebody else may have ended it */
  hear({ state, text }) {
    if (state === 'recording' || this.#state !== 'on' || this.#sessionid === null) return;
    this.#enter('off');
    if (state !== 'empty') void this.#saveWhenWhole(this.#sessionid);
    this.#on.ended(text ?? '');
  }

  /** Ends the recording, if there is one, and hands the film over; never rejects. */
  async finish() {
    const sessionid = this.#sessionid;
    if (this.#state !== 'on' || sessionid === null) return;
    this.#enter('ending');
    try {
      await record(sessionid, false);
      save(sessionid);
    } catch (error) {
      this.#on.error(error);
    }
    this.#enter('off');
  }

  async #start() {
    const sessionid = this.#sessionid;
    if (this.#state !== 'off' || sessionid === null) return;
    this.#enter('starting');
    try {
      await record(sessionid, true);
      this.#enter(sessionid === this.#sessionid ? 'on' : 'off');
    } catch (error) {
      this.#enter('off');
      this.#on.error(error);
    }
  }

  /** @param {string} sessionid */
  async #saveWhenWhole(sessionid) {
    for (let tries = 0; tries < TRIES; tries++) {
      if (await filmIsWhole(sessionid)) {
        save(sessionid);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
    this.#on.error(new ApiError(404, ''));
  }

  /** @param {RecordState} state */
  #enter(state) {
    this.#state = state;
    this.#render();
  }

  #render() {
    const recording = this.#state === 'on' || this.#state === 'ending';
    const label = this.#language.translate(recording ? 'recordSave' : 'recordCall');
    this.#button.hidden = this.#sessionid === null;
    this.#button.disabled = this.#state === 'starting' || this.#state === 'ending';
    this.#button.setAttribute('aria-pressed', String(recording));
    this.#button.setAttribute('aria-label', label);
    this.#button.title = label;
  }
}
