/**
 * The picture and everything that lies on it: the Start button, the session's state in words,
 * the session controls, and the signs of speech.
 *
 * In: the session's state, speech, a stream to play. Out: presses, by the handlers given. Owns
 * the <video> element and the elements around it.
 */

import { MAX_ATTEMPTS } from './session.js';
import { byId } from './elements.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./session.js').SessionState} SessionState */
/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./dialogue_state.js').DialogueStateName} DialogueStateName */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {Partial<Record<SessionState, StringKey>>} */
const START_TEXTS = { connecting: 'connecting', ended: 'startAgain', failed: 'tryAgain' };

/** @type {Record<DialogueStateName, StringKey>} */
const DIALOGUE_TEXTS = {
  idle: 'dialogueIdle',
  listening: 'dialogueListening',
  thinking: 'dialogueThinking',
  speaking: 'speaking',
  held: 'dialogueHeld',
};

/** @param {string} testid */
function byTestId(testid) {
  const element = document.querySelector(`[data-testid="${testid}"]`);
  if (!(element instanceof HTMLElement)) throw new Error(`index.html has no ${testid}`);
  return element;
}

export class PictureView {
  video = byId('video', HTMLVideoElement);
  #language;
  #session;
  #state = byTestId('state');
  #frame = byTestId('speaking');
  #layout = byId('layout', HTMLElement);
  #startButton = byId('start', HTMLButtonElement);
  #interruptButton = byId('interrupt', HTMLButtonElement);
  #muteButton = byId('mute', HTMLButtonElement);
  #unmuteButton = byId('unmute', HTMLButtonElement);
  #badge = byId('dialogue-state', HTMLElement);
  #dialogueText = byId('dialogue-state-text', HTMLElement);
  /** @type {DialogueStateName} */
  #dialogueState = 'idle';
  #muted = false;
  #hushed = false;
  /** The last picture of a lost connection. */
  #still = byId('still', HTMLCanvasElement);

  /**
   * @param {Language} language
   * @param {Session} session
   * @param {{ start: () => void, interrupt: () => void, end: () => void,
   *   unmute: () => void }} on
   */
  constructor(language, session, on) {
    this.#language = language;
    this.#session = session;
    this.#startButton.addEventListener('click', on.start);
    this.#interruptButton.addEventListener('click', on.interrupt);
    byId('end', HTMLElement).addEventListener('click', on.end);
    this.#muteButton.addEventListener('click', () => this.#mute(!this.#muted));
    this.#unmuteButton.addEventListener('click', () => {
      this.#mute(false);
      on.unmute();
    });
    this.video.addEventListener('resize', () => this.#setAspectRatio());
    this.video.addEventListener('playing', () => (this.#still.hidden = true));
    language.addEventListener('change', () => this.show());
  }

  /** Shows the session's state. */
  show() {
    const { state } = this.#session;
    const translate = this.#language.translate.bind(this.#language);
    const open = state === 'live' || state === 'reconnecting';
    this.#state.dataset.state = state;
    this.#frame.dataset.session = state;
    const changing = state === 'reconnecting' && this.#session.changing;
    byId('state-text', HTMLElement).textContent = translate(changing ? 'changing' : state);
    const text = START_TEXTS[state] ?? 'start';
    const preparing = state === 'connecting' && this.#session.preparing;
    byId('start-text', HTMLElement).textContent = translate(preparing ? 'preparing' : text);
    this.#startButton.disabled = state === 'connecting';
    byId('start-overlay', HTMLElement).hidden = open;
    byId('caption', HTMLElement).hidden = !open;
    this.#badge.hidden = state !== 'live';
    this.showDialogueState(this.#dialogueState);
    byId('toolbar', HTMLElement).hidden = !open && state !== 'connecting';
    byId('reconnect-overlay', HTMLElement).hidden = state !== 'reconnecting';
    byId('reconnect-text', HTMLElement).textContent = this.#reconnectText();
    if (state === 'reconnecting') this.#keepPicture();
    if (!open) this.#reset();
  }

  /**
   * Plays a stream, with sound where the browser lets it.
   * @param {MediaStream} stream
   */
  async play(stream) {
    this.video.srcObject = stream;
    try {
      await this.video.play();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      if (error.name !== 'NotAllowedError') return; // AbortError: another stream took over
      this.#mute(true);
      this.#unmuteButton.hidden = false;
      await this.video.play();
    }
  }

  /**
   * @param {boolean} speaking
   * @param {boolean} interruptible
   * @param {number} level the loudest sample, 0 to 1
   */
  showSpeech(speaking, interruptible, level) {
    if (this.#interruptButton.disabled === interruptible) {
      this.#interruptButton.disabled = !interruptible;
    }
    if ((this.#frame.dataset.speaking === 'true') !== speaking) {
      this.#frame.dataset.speaking = String(speaking);
    }
    if (speaking) this.#badge.style.setProperty('--level', level.toFixed(2));
  }

  /** @param {DialogueStateName} state what the face is about */
  showDialogueState(state) {
    this.#dialogueState = state;
    this.#badge.dataset.dialogueState = state;
    this.#frame.dataset.dialogueState = state;
    const text = this.#language.translate(DIALOGUE_TEXTS[state]);
    if (this.#dialogueText.textContent !== text) this.#dialogueText.textContent = text;
  }

  /**
   * Silent here at once, without waiting for the server.
   * @param {boolean} on
   */
  hush(on) {
    this.#hushed = on;
    this.video.muted = on || this.#muted;
  }

  /** @param {boolean} muted */
  #mute(muted) {
    this.#muted = muted;
    this.video.muted = muted || this.#hushed;
    this.#muteButton.setAttribute('aria-pressed', String(muted));
    if (!muted) this.#unmuteButton.hidden = true;
  }

  /** A closed connection leaves the video black; its last picture is friendlier. */
  #keepPicture() {
    const { videoWidth, videoHeight, readyState } = this.video;
    if (!this.#still.hidden || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.#still.width = videoWidth;
    this.#still.height = videoHeight;
    this.#still.getContext('2d')?.drawImage(this.video, 0, 0);
    this.#still.hidden = false;
  }

  #setAspectRatio() {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth && videoHeight) {
      this.#layout.style.setProperty('--ratio', String(videoWidth / videoHeight));
    }
  }

  #reconnectText() {
    const { state, attempt, changing, preparing } = this.#session;
    const translate = this.#language.translate.bind(this.#language);
    if (changing) return translate(preparing ? 'preparing' : 'changing');
    if (attempt === 0) return translate(state);
    const away = this.#session.serverAway;
    const key = away ? 'reconnectingServer' : 'reconnectingTry';
    return translate(key, { attempt, most: MAX_ATTEMPTS });
  }

  /** Back to the still picture. */
  #reset() {
    this.showSpeech(false, false, 0);
    this.#unmuteButton.hidden = true;
    this.#still.hidden = true;
    if (this.#session.state !== 'connecting') this.video.srcObject = null;
  }
}
