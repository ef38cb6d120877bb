/**
 * The page of the operators: makes its parts and connects them.
 *
 * In: looks at the service, one a second. Out: sessions, actors, settings; what is pressed goes to
 * the server. While the page is hidden nothing is asked. Owns the feed.
 */

import * as api from './api.js';
import { byId } from './elements.js';
import { explain } from './errors.js';
import { KeyDialog } from './key_dialog.js';
import { Language } from './language.js';
import { OperationsFeed } from './operations_feed.js';
import { ActorTable, Summary } from './operations_overview.js';
import { SessionCards } from './operations_sessions.js';
import { SettingsTable } from './operations_settings.js';
import { Toast } from './toast.js';
import { translatePage } from './translate.js';

/** @typedef {import('./language.js').LanguageCode} LanguageCode */
/** @typedef {import('./operations_feed.js').FeedState} FeedState */

/** @type {Record<FeedState, import('./strings.js').StringKey>} */
const STATE_TEXTS = { connecting: 'watchConnecting', live: 'watchLive', failed: 'watchFailed' };

class OperationsPage {
  #language = new Language();
  #toast = new Toast(this.#language);
  #summary = new Summary(this.#language);
  #actors = new ActorTable(this.#language);
  #settings = new SettingsTable();
  #sessions = new SessionCards(this.#language, {
    interrupt: (sessionid) => this.#ask(() => api.interrupt(sessionid)),
    record: (sessionid, on) => this.#ask(() => api.record(sessionid, on)),
    end: (sessionid) => this.#ask(() => api.close(sessionid)),
  });
  #feed = new OperationsFeed({
    look: (operations) => {
      this.#summary.show(operations);
      this.#actors.show(operations.actors);
      this.#sessions.show(operations.sessions);
    },
    state: (state) => this.#showState(state),
    refused: (error) => this.#toast.error(explain(error, 'operations')),
  });

  constructor() {
    this.#language.addEventListener('change', () => this.#translate());
    for (const button of document.querySelectorAll('[data-language]')) {
      const code = /** @type {LanguageCode} */ (button.getAttribute('data-language'));
      button.addEventListener('click', () => this.#language.choose(code));
    }
    document.addEventListener('visibilitychange', () => this.#watchWhileSeen());
    addEventListener('pagehide', () => this.#feed.stop());
    new KeyDialog(this.#language);
    this.#translate();
    this.#watchWhileSeen();
    void this.#settings.load();
  }

  #translate() {
    translatePage(this.#language);
    this.#showState(this.#feed.state);
  }

  #watchWhileSeen() {
    if (document.visibilityState === 'visible') this.#feed.start();
    else this.#feed.stop();
  }

  /** @param {FeedState} state */
  #showState(state) {
    const box = byId('watch-state', HTMLElement);
    box.dataset.state = state;
    const text = this.#language.translate(STATE_TEXTS[state]);
    const shown = byId('watch-state-text', HTMLElement);
    if (shown.textContent !== text) shown.textContent = text; // it is read aloud when it changes
  }

  /** @param {() => Promise<void>} wish */
  async #ask(wish) {
    try {
      await wish();
      this.#toast.hide();
    } catch (error) {
      this.#toast.error(explain(error, 'operations'));
    }
  }
}

new OperationsPage();
