/**
 * Wires the page together: presses become requests, the call becomes picture and numbers.
 *
 * In: index.html. Out: a `ringtalk:stats` event on the document once a second while a call is
 * live, for whoever wants to measure. Owns the call, and everything that lives as long as
 * the page.
 */

import { Activity } from './activity.js';
import * as api from './api.js';
import { Call } from './session.js';
import { Compose } from './text_input.js';
import { Conversation } from './conversation.js';
import { Drop } from './file_drop.js';
import { byId } from './elements.js';
import { Figuring } from './connection_stats.js';
import { Language } from './language.js';
import { Latency, median } from './latency.js';
import { Looks } from './appearance.js';
import { Loudness } from './loudness.js';
import { Microphone } from './microphone.js';
import { explain } from './errors.js';
import { Readout } from './stats_panel.js';
import { Stage } from './picture_view.js';
import { TalkButton } from './talk_button.js';
import { Toast } from './toast.js';
import { Waterfall } from './waterfall.js';
import { putWords } from './translate.js';

/** @typedef {import('./text_input.js').Mode} Mode */
/** @typedef {import('./connection_stats.js').Figures} Figures */
/** @typedef {import('./loudness.js').Heard} Heard */
/** @typedef {import('./peer.js').Peer} Peer */
/** @typedef {import('./errors.js').Doing} Doing */
/** @typedef {import('./strings.js').LanguageCode} LanguageCode */

const STATS_EVERY_MS = 1_000;
/** The server sends all the time, speech or not: this long without a byte, and it is gone. */
const STALLED_AFTER = 3;

class Page {
  #language = new Language();
  #call = new Call(() => this.#looks.wanted);
  #toast = new Toast(this.#language);
  #activity = new Activity();
  #latency = new Latency();
  #loudness = new Loudness((heard) => this.#hear(heard));
  #readout = new Readout(this.#language);
  #waterfall = new Waterfall();
  #compose = new Compose(this.#language, (text, mode) => this.#speak(text, mode));
  #drop = new Drop(this.#language, (file, others) => void this.#play(file, others));
  #stage = new Stage(this.#language, this.#call, {
    start: () => this.#start(),
    interrupt: () => void this.#interrupt(),
    end: () => this.#call.end(),
    unmute: () => this.#loudness.unlock(),
  });
  #looks = new Looks(this.#language, {
    avatar: () => this.#call.change(),
    wall: () => void this.#dress(),
    problem: (error) => this.#toast.problem(explain(error, 'wall')),
  });
  #microphone = new Microphone();
  #talk = new TalkButton(
    this.#language,
    this.#microphone,
    () => this.#loudness.context,
    (error) => this.#toast.problem(explain(error, 'microphone')),
  );
  #conversation = new Conversation(
    this.#language,
    (shown) => this.#stage.feel(shown),
    (detail) => this.#toast.problem({ key: 'faceError', values: {}, detail }),
  );
  /** The peer whose media is being played. @type {Peer | null} */
  #played = null;
  #upload = new AbortController();

  constructor() {
    this.#call.addEventListener('state', () => this.#onState());
    this.#microphone.addEventListener('lost', () => this.#toast.notice('micLost'));
    this.#language.addEventListener('change', () => putWords(this.#language));
    for (const button of document.querySelectorAll('[data-language]')) {
      const code = /** @type {LanguageCode} */ (button.getAttribute('data-language'));
      button.addEventListener('click', () => this.#language.choose(code));
    }
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) void this.#interrupt();
    });
    addEventListener('pagehide', () => this.#call.leave());
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.#call.end(); // back from the cache: the call is long over
    });
    putWords(this.#language);
    this.#onState();
    void this.#looks.load();
  }

  #start() {
    this.#toast.hide();
    this.#loudness.unlock();
    this.#conversation.clear();
    void this.#call.start();
  }

  #onState() {
    const { state, peer } = this.#call;
    const open = state === 'live' || state === 'reconnecting';
    const panel = byId('panel', HTMLElement);
    const opening = panel.hidden && open;
    panel.hidden = !open;
    byId('intro', HTMLElement).hidden = open;
    this.#stage.show();
    this.#compose.enable(state === 'live');
    this.#drop.enable(state === 'live');
    if (state === 'live' && peer && peer !== this.#played) this.#join(peer);
    this.#talk.enable(state === 'live' && Boolean(peer?.talk));
    if (state !== 'live') this.#quiet();
    if (!open) this.#leave();
    if (this.#call.changing) this.#conversation.leave(); // nothing more is told of that call
    if (opening) this.#compose.focus();
    if (state === 'failed') {
      const { reason } = this.#call;
      this.#toast.problem(explain(reason, this.#looks.refused(reason) ? 'wall' : 'call'));
    }
    if (state === 'failed' || state === 'ended') byId('start', HTMLElement).focus();
  }

  /** @param {Peer} peer */
  #join(peer) {
    this.#played = peer;
    this.#toast.hide();
    void this.#stage.play(peer.stream);
    this.#loudness.follow(peer.sound);
    this.#conversation.join(peer);
    void this.#microphone.attach(peer.talk);
    void this.#count(peer);
    this.#looks.shown(peer.look);
    void this.#looks.load();
    if (peer.look.avatar !== this.#looks.wanted.avatar) this.#call.change();
    else void this.#dress();
  }

  async #dress() {
    try {
      await this.#call.dress();
    } catch (error) {
      this.#looks.back(this.#call.peer?.look.background ?? '');
      this.#toast.problem(explain(error, 'wall'));
    }
  }

  /** Nothing that was sent will be heard any more. */
  #quiet() {
    this.#upload.abort();
    this.#activity.forget();
    this.#latency.forget();
    this.#stage.hear(false, false, 0);
    this.#readout.show(null, this.#latency);
  }

  #leave() {
    this.#played = null;
    this.#loudness.rest();
    this.#conversation.leave();
    this.#microphone.release();
    this.#drop.say('dropPrompt');
  }

  /** @param {Heard} heard */
  #hear(heard) {
    if (this.#call.state !== 'live') return;
    this.#activity.hear(heard);
    this.#latency.hear(heard);
    this.#conversation.hear(this.#activity.speaking);
    this.#stage.hear(this.#activity.speaking, this.#activity.interruptible, heard.level);
  }

  /**
   * @param {string} text
   * @param {Mode} mode
   * @returns {Promise<boolean>} whether the server took it
   */
  async #speak(text, mode) {
    const { sessionid } = this.#call;
    if (sessionid === null) return false;
    const chat = mode === 'chat';
    const waiting = this.#activity.interruptible && !chat; // a question cuts in
    this.#latency.asked(performance.now(), !this.#activity.interruptible && !chat);
    this.#activity.sent(performance.now());
    try {
      await (chat ? api.chat(sessionid, text) : api.say(sessionid, text));
    } catch (error) {
      this.#refused(error, chat ? 'chat' : 'text');
      return false;
    }
    if (chat) this.#conversation.transcript.type(text);
    if (waiting) this.#toast.notice('queued');
    else this.#toast.hide();
    return true;
  }

  /**
   * @param {File} file
   * @param {number} others
   */
  async #play(file, others) {
    const { sessionid } = this.#call;
    if (sessionid === null) return;
    this.#upload.abort();
    const upload = new AbortController();
    this.#upload = upload;
    this.#toast.hide();
    const { name } = file;
    if (others > 0) this.#toast.notice('oneFile', { name });
    this.#drop.say('dropSending', { name });
    this.#activity.sent(performance.now());
    try {
      const seconds = await api.saySound(sessionid, file, upload.signal);
      const words = { name, seconds: seconds === null ? '' : seconds.toFixed(1) };
      this.#drop.say(seconds === null ? 'dropSent' : 'dropSentLength', words);
    } catch (error) {
      if (upload !== this.#upload) return; // another file took its place
      this.#drop.say('dropPrompt');
      if (!upload.signal.aborted) this.#refused(error, 'file');
    }
  }

  async #interrupt() {
    const { sessionid } = this.#call;
    if (sessionid === null || !this.#activity.interruptible) return;
    this.#upload.abort();
    this.#latency.interrupted(performance.now());
    this.#activity.interrupted();
    try {
      await api.interrupt(sessionid);
    } catch (error) {
      this.#refused(error, 'text');
    }
  }

  /**
   * @param {unknown} error
   * @param {Doing} doing
   */
  #refused(error, doing) {
    this.#latency.forget();
    this.#activity.refused();
    this.#toast.problem(explain(error, doing));
    if (error instanceof api.ApiError && error.status === 404) this.#call.peer?.giveUp();
  }

  /**
   * Reads the statistics once a second for as long as this peer is the one that plays.
   * @param {Peer} peer
   */
  async #count(peer) {
    const figuring = new Figuring();
    let bytes = -1;
    let still = 0;
    while (peer === this.#played && peer.pc.connectionState !== 'closed') {
      const figures = figuring.figure(await peer.pc.getStats());
      still = figures.bytesReceived === bytes ? still + 1 : 0;
      bytes = figures.bytesReceived;
      if (still >= STALLED_AFTER) peer.giveUp();
      this.#readout.show(figures, this.#latency);
      this.#conversation.measured(figures, this.#loudness.outputMs);
      this.#tell(peer, figures);
      void this.#waterfall.refresh();
      await new Promise((resolve) => setTimeout(resolve, STATS_EVERY_MS));
    }
  }

  /**
   * @param {Peer} peer
   * @param {Figures} figures
   */
  #tell(peer, figures) {
    const { sound, silence } = this.#latency;
    const detail = {
      ...figures,
      sessionid: peer.sessionid,
      state: this.#call.state,
      speaking: this.#activity.speaking,
      soundMs: [...sound],
      silenceMs: [...silence],
      soundP50: median(sound),
      silenceP50: median(silence),
    };
    document.dispatchEvent(new CustomEvent('ringtalk:stats', { detail }));
  }
}

new Page();
