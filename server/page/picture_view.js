/**
 * The picture and everything that lies on it: the Start button, the call's state in words,
 * the call controls, and the signs of speech.
 *
 * In: the call's state, speech, a stream to play. Out: presses, by the handlers given. Owns
 * the <video> element and the elements around it.
 */

import { MOST_ATTEMPTS } from './session.js';
import { byId } from './elements.js';

/** @typedef {import('./session.js').Call} Call */
/** @typedef {import('./session.js').CallState} CallState */
/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./state.js').Shown} Shown */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {Partial<Record<CallState, StringKey>>} */
const START_WORDS = { connecting: 'connecting', ended: 'startAgain', failed: 'tryAgain' };

/** @type {Record<Shown, StringKey>} */
const MOODS = {
  idle: 'moodIdle',
  listening: 'moodListening',
  thinking: 'moodThinking',
  speaking: 'speaking',
  held: 'moodHeld',
};

/** @param {string} testid */
function byTestId(testid) {
  const element = document.querySelector(`[data-testid="${testid}"]`);
  if (!(element instanceof HTMLElement)) throw new Error(`index.html has no ${testid}`);
  return element;
}

export class Stage {
  video = byId('video', HTMLVideoElement);
  #language;
  #call;
  #state = byTestId('state');
  #frame = byTestId('speaking');
  #room = byId('room', HTMLElement);
  #start = byId('start', HTMLButtonElement);
  #cut = byId('interrupt', HTMLButtonElement);
  #sound = byId('sound', HTMLButtonElement);
  #unmute = byId('unmute', HTMLButtonElement);
  #badge = byId('badge', HTMLElement);
  #mood = byId('mood', HTMLElement);
  /** @type {Shown} */
  #shown = 'idle';
  /** The last picture of a lost connection. */
  #still = byId('still', HTMLCanvasElement);

  /**
   * @param {Language} language
   * @param {Call} call
   * @param {{ start: () => void, interrupt: () => void, end: () => void,
   *   unmute: () => void }} on
   */
  constructor(language, call, on) {
    this.#language = language;
    this.#call = call;
    this.#start.addEventListener('click', on.start);
    this.#cut.addEventListener('click', on.interrupt);
    byId('end', HTMLElement).addEventListener('click', on.end);
    this.#sound.addEventListener('click', () => this.#mute(!this.video.muted));
    this.#unmute.addEventListener('click', () => {
      this.#mute(false);
      on.unmute();
    });
    this.video.addEventListener('resize', () => this.#fit());
    this.video.addEventListener('playing', () => (this.#still.hidden = true));
    language.addEventListener('change', () => this.show());
  }

  /** Shows the call's state. */
  show() {
    const { state } = this.#call;
    const say = this.#language.say.bind(this.#language);
    const open = state === 'live' || state === 'reconnecting';
    this.#state.dataset.state = state;
    this.#frame.dataset.call = state;
    const changing = state === 'reconnecting' && this.#call.changing;
    byId('state-text', HTMLElement).textContent = say(changing ? 'changing' : state);
    const words = START_WORDS[state] ?? 'start';
    const preparing = state === 'connecting' && this.#call.preparing;
    byId('start-text', HTMLElement).textContent = say(preparing ? 'preparing' : words);
    this.#start.disabled = state === 'connecting';
    byId('cover', HTMLElement).hidden = open;
    byId('caption', HTMLElement).hidden = !open;
    this.#badge.hidden = state !== 'live';
    this.feel(this.#shown);
    byId('dock', HTMLElement).hidden = !open && state !== 'connecting';
    byId('veil', HTMLElement).hidden = state !== 'reconnecting';
    byId('veil-text', HTMLElement).textContent = this.#veilWords();
    if (state === 'reconnecting') this.#keepPicture();
    if (!open) this.#rest();
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
      this.#unmute.hidden = false;
      await this.video.play();
    }
  }

  /**
   * @param {boolean} speaking
   * @param {boolean} interruptible
   * @param {number} level the loudest sample, 0 to 1
   */
  hear(speaking, interruptible, level) {
    if (this.#cut.disabled === interruptible) this.#cut.disabled = !interruptible;
    if ((this.#frame.dataset.speaking === 'true') !== speaking) {
      this.#frame.dataset.speaking = String(speaking);
    }
    if (speaking) this.#badge.style.setProperty('--level', level.toFixed(2));
  }

  /** @param {Shown} shown what the face is about */
  feel(shown) {
    this.#shown = shown;
    this.#badge.dataset.mood = shown;
    this.#frame.dataset.mood = shown;
    const words = this.#language.say(MOODS[shown]);
    if (this.#mood.textContent !== words) this.#mood.textContent = words;
  }

  /** @param {boolean} muted */
  #mute(muted) {
    this.video.muted = muted;
    this.#sound.setAttribute('aria-pressed', String(muted));
    if (!muted) this.#unmute.hidden = true;
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

  #fit() {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth && videoHeight) {
      this.#room.style.setProperty('--ratio', String(videoWidth / videoHeight));
    }
  }

  #veilWords() {
    const { state, attempt, changing, preparing } = this.#call;
    const say = this.#language.say.bind(this.#language);
    if (changing) return say(preparing ? 'preparing' : 'changing');
    return attempt > 0 ? say('reconnectingTry', { attempt, most: MOST_ATTEMPTS }) : say(state);
  }

  /** Back to the still picture. */
  #rest() {
    this.hear(false, false, 0);
    this.#unmute.hidden = true;
    this.#still.hidden = true;
    if (this.#call.state !== 'connecting') this.video.srcObject = null;
  }
}
