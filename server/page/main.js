/**
 * Wires the page together: presses become requests, the session becomes picture and numbers.
 *
 * In: index.html. Out: a `ringtalk:stats` event on the document once a second while a session is
 * live, for whoever wants to measure. Owns the session, and everything that lives as long as
 * the page.
 */

import { Abilities } from './abilities.js';
import { Activity } from './activity.js';
import * as api from './api.js';
import { Session } from './session.js';
import { TextInput } from './text_input.js';
import { Conversation } from './conversation.js';
import { FileDrop } from './file_drop.js';
import { byId } from './elements.js';
import { StatsReader } from './connection_stats.js';
import { KeyDialog } from './key_dialog.js';
import { Language } from './language.js';
import { Latency, median } from './latency.js';
import { Appearance } from './appearance.js';
import { Loudness } from './loudness.js';
import { RecordButton } from './record_button.js';
import { Microphone } from './microphone.js';
import { explain } from './errors.js';
import { SilenceWatch } from './silence_watch.js';
import { StatsPanel } from './stats_panel.js';
import { PictureView } from './picture_view.js';
import { ProgramLine } from './program_line.js';
import { MicrophoneButton } from './microphone_button.js';
import { Toast } from './toast.js';
import { Waterfall } from './waterfall.js';
import { translatePage } from './translate.js';

/** @typedef {import('./text_input.js').Mode} Mode */
/** @typedef {import('./connection_stats.js').ConnectionStats} ConnectionStats */
/** @typedef {import('./loudness.js').LevelReading} LevelReading */
/** @typedef {import('./peer.js').Peer} Peer */
/** @typedef {import('./errors.js').Action} Action */
/** @typedef {import('./strings.js').LanguageCode} LanguageCode */

const STATS_EVERY_MS = 1_000;
/** What was on its way when the server fell silent has been played by then. */
const DRAIN_MS = 300;
/** The server sends all the time, speech or not: this long without a byte, and it is gone. */
const STALLED_AFTER = 3;

class Page {
  #language = new Language();
  #abilities = new Abilities(this.#language, (most) => this.#textInput.limit(most));
  #session = new Session(() => this.#appearance.wanted);
  #toast = new Toast(this.#language);
  #activity = new Activity();
  #latency = new Latency();
  #loudness = new Loudness((reading) => this.#hear(reading));
  #statsPanel = new StatsPanel(this.#language);
  #programLine = new ProgramLine(this.#language);
  #waterfall = new Waterfall();
  #textInput = new TextInput(this.#language, (text, mode, language) => this.#speak(text, mode, language));
  #fileDrop = new FileDrop(this.#language, (file, others) => void this.#play(file, others));
  #pictureView = new PictureView(this.#language, this.#session, {
    start: () => this.#start(),
    interrupt: () => void this.#interrupt(),
    end: () => void this.#end(),
    unmute: () => this.#loudness.unlock(),
  });
  #appearance = new Appearance(this.#language, {
    avatar: () => void this.#applyAvatar(),
    background: () => void this.#applyBackground(),
    error: (error) => this.#toast.error(explain(error, 'background')),
  });
  #microphone = new Microphone();
  #microphoneButton = new MicrophoneButton(
    this.#language,
    this.#microphone,
    () => this.#loudness.context,
    (error) => this.#toast.error(explain(error, 'microphone')),
  );
  #record = new RecordButton(this.#language, {
    error: (error) => this.#toast.error(explain(error, 'record')),
    ended: (why) => this.#toast.notice(why ? 'recordEnded' : 'recordOver', { why }),
  });
  #conversation = new Conversation(this.#language, {
    state: (state) => this.#pictureView.showDialogueState(state),
    error: (detail) => this.#toast.error({ key: 'faceError', values: {}, detail }),
    recording: (event) => this.#record.hear(event),
  });
  #open = false;
  /** The peer whose media is being played. @type {Peer | null} */
  #playing = null;
  #upload = new AbortController();
  /** @type {SilenceWatch | null} */
  #silence = null;

  constructor() {
    this.#session.addEventListener('state', () => this.#onState());
    this.#microphone.addEventListener('lost', () => this.#toast.notice('micLost'));
    this.#language.addEventListener('change', () => translatePage(this.#language));
    for (const button of document.querySelectorAll('[data-language]')) {
      const code = /** @type {LanguageCode} */ (button.getAttribute('data-language'));
      button.addEventListener('click', () => this.#language.choose(code));
    }
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) void this.#interrupt();
    });
    addEventListener('online', () => this.#toast.hide());
    addEventListener('pagehide', () => this.#session.leave());
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.#session.end(); // back from the cache: the session is long over
    });
    new KeyDialog(this.#language);
    translatePage(this.#language);
    this.#onState();
    void this.#appearance.load();
    void this.#abilities.load();
  }

  #start() {
    this.#toast.hide();
    this.#loudness.unlock();
    this.#conversation.clear();
    void this.#session.start();
  }

  /** Once the film of a recording is whole: it ends with its session. */
  async #end() {
    await this.#record.finish();
    this.#session.end();
  }

  #onState() {
    const { state, peer } = this.#session;
    const open = state === 'live' || state === 'reconnecting';
    const panel = byId('panel', HTMLElement);
    const opening = open && !this.#open;
    this.#open = open;
    const kept = (state === 'ended' || state === 'failed') && !this.#conversation.transcript.isEmpty;
    panel.hidden = !open && !kept;
    byId('intro', HTMLElement).hidden = open || kept;
    this.#pictureView.show();
    this.#textInput.enable(state === 'live');
    this.#fileDrop.enable(state === 'live');
    this.#record.enable(this.#session.sessionid);
    this.#programLine.show(this.#session.sessionid);
    if (state === 'live' && peer && peer !== this.#playing) this.#join(peer);
    this.#microphoneButton.enable(state === 'live' && Boolean(peer?.microphoneSender));
    if (state !== 'live') this.#resetSpeech();
    if (!open) this.#leave();
    if (this.#session.changing) this.#conversation.leave(); // nothing more is told of that session
    if (opening) this.#textInput.focus();
    if (state === 'failed') {
      const { reason } = this.#session;
      const action = this.#appearance.resetIfRefused(reason) ? 'background' : 'session';
      this.#toast.error(explain(reason, action));
    }
    if (state === 'failed' || state === 'ended') byId('start', HTMLElement).focus();
  }

  /** @param {Peer} peer */
  #join(peer) {
    this.#playing = peer;
    this.#toast.hide();
    this.#pictureView.hush(false);
    void this.#pictureView.play(peer.stream);
    this.#loudness.attach(peer.audioReceiver);
    this.#conversation.join(peer);
    void this.#microphone.attach(peer.microphoneSender);
    void this.#readStats(peer);
    this.#silence?.close();
    this.#silence = new SilenceWatch(peer);
    this.#appearance.markPrepared(peer.appearance);
    void this.#appearance.load();
    void this.#applyAvatar();
  }

  /** Shows who is chosen, in front of what is chosen. */
  async #applyAvatar() {
    const { timeoutMs } = this.#appearance.wanted;
    if (this.#session.state === 'live' && timeoutMs !== undefined) this.#toast.notice('preparing');
    try {
      await this.#session.changeAppearance();
    } catch (error) {
      this.#appearance.selectAvatar(this.#session.peer?.appearance.avatar ?? null);
      this.#toast.error(explain(error, 'avatar'));
      return;
    }
    if (this.#session.peer) this.#appearance.markPrepared(this.#session.peer.appearance);
    if (timeoutMs !== undefined) this.#toast.hide();
    await this.#applyBackground();
  }

  async #applyBackground() {
    try {
      await this.#session.applyBackground();
    } catch (error) {
      this.#appearance.select(this.#session.peer?.appearance.background ?? '');
      this.#toast.error(explain(error, 'background'));
    }
  }

  /** Nothing that was sent will be heard any more. */
  #resetSpeech() {
    this.#upload.abort();
    this.#activity.reset();
    this.#latency.cancel();
    this.#pictureView.showSpeech(false, false, 0);
    this.#statsPanel.show(null, this.#latency);
  }

  #leave() {
    this.#playing = null;
    this.#silence?.close();
    this.#silence = null;
    this.#loudness.detach();
    this.#conversation.leave();
    this.#microphone.release();
    this.#fileDrop.showStatus('dropPrompt');
  }

  /** @param {LevelReading} reading */
  #hear(reading) {
    if (this.#session.state !== 'live') return;
    this.#activity.hear(reading);
    this.#latency.hear(reading);
    const { speaking, interruptible } = this.#activity;
    this.#conversation.hear(speaking);
    this.#pictureView.showSpeech(speaking, interruptible, reading.level);
  }

  /**
   * @param {string} text
   * @param {Mode} mode
   * @param {string} language
   * @returns {Promise<boolean>} whether the server took it
   */
  async #speak(text, mode, language) {
    const { sessionid } = this.#session;
    if (sessionid === null) return false;
    const chat = mode === 'chat';
    const waiting = this.#activity.interruptible && !chat; // a question cuts in
    this.#latency.asked(performance.now(), !this.#activity.interruptible && !chat);
    this.#activity.sent(performance.now());
    try {
      await (chat ? api.chat(sessionid, text, language) : api.say(sessionid, text, language));
    } catch (error) {
      this.#refused(error, chat ? 'chat' : 'text');
      return false;
    }
    this.#pictureView.hush(false); // the server is there again
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
    const { sessionid } = this.#session;
    if (sessionid === null) return;
    this.#upload.abort();
    const upload = new AbortController();
    this.#upload = upload;
    this.#toast.hide();
    const { name } = file;
    if (others > 0) this.#toast.notice('oneFile', { name });
    this.#fileDrop.showStatus('dropSending', { name });
    this.#activity.sent(performance.now());
    try {
      const seconds = await api.saySound(sessionid, file, upload.signal);
      const words = { name, seconds: seconds === null ? '' : seconds.toFixed(1) };
      this.#fileDrop.showStatus(seconds === null ? 'dropSent' : 'dropSentLength', words);
    } catch (error) {
      if (upload !== this.#upload) return; // another file took its place
      this.#fileDrop.showStatus('dropPrompt');
      if (!upload.signal.aborted) this.#refused(error, 'file');
    }
  }

  async #interrupt() {
    const { sessionid } = this.#session;
    if (sessionid === null || !this.#activity.interruptible) return;
    this.#upload.abort();
    this.#latency.interrupted(performance.now());
    this.#activity.interrupted();
    this.#pictureView.hush(true);
    try {
      await api.interrupt(sessionid);
      setTimeout(() => this.#pictureView.hush(false), DRAIN_MS);
      this.#toast.hide(); // what was too much waits no more
    } catch (error) {
      this.#refused(error, 'text');
    }
  }

  /**
   * @param {unknown} error
   * @param {Action} action
   */
  #refused(error, action) {
    this.#latency.cancel();
    this.#activity.refused();
    this.#toast.error(explain(error, action));
    if (error instanceof api.ApiError && error.status === 404) this.#session.peer?.giveUp();
  }

  /**
   * Reads the statistics once a second for as long as this peer is the one that plays.
   * @param {Peer} peer
   */
  async #readStats(peer) {
    const statsReader = new StatsReader();
    let bytes = -1;
    let still = 0;
    while (peer === this.#playing && peer.pc.connectionState !== 'closed') {
      const stats = statsReader.read(await peer.pc.getStats());
      still = stats.bytesReceived === bytes ? still + 1 : 0;
      bytes = stats.bytesReceived;
      if (still >= STALLED_AFTER) peer.giveUp();
      this.#statsPanel.show(stats, this.#latency);
      this.#conversation.measured(stats, this.#loudness.outputMs);
      this.#dispatchStats(peer, stats);
      void this.#waterfall.refresh();
      await new Promise((resolve) => setTimeout(resolve, STATS_EVERY_MS));
    }
  }

  /**
   * @param {Peer} peer
   * @param {ConnectionStats} stats
   */
  #dispatchStats(peer, stats) {
    const { sound, silence } = this.#latency;
    const detail = {
      ...stats,
      sessionid: peer.sessionid,
      state: this.#session.state,
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
