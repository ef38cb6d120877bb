/**
 * The microphone's button: its words for each state, and the level around it.
 *
 * In: the microphone, whether the server takes one, and presses. Out: problems and the lost
 * device, by the handlers given. Owns #mic and the meter.
 */

import { byId } from './elements.js';
import { Meter } from './meter.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./microphone.js').Microphone} Microphone */
/** @typedef {import('./microphone.js').MicrophoneState} MicrophoneState */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {Record<MicrophoneState, { words: StringKey, label: StringKey }>} */
const WORDS = {
  off: { words: 'micTalk', label: 'micTalkLabel' },
  asking: { words: 'micAsking', label: 'micAskingLabel' },
  on: { words: 'micMute', label: 'micMuteLabel' },
  muted: { words: 'micUnmute', label: 'micUnmuteLabel' },
};

export class TalkButton {
  #language;
  #microphone;
  #context;
  #button = byId('mic', HTMLButtonElement);
  #words = byId('mic-text', HTMLElement);
  #meter = new Meter((level) => this.#button.style.setProperty('--level', level.toFixed(2)));
  #taken = false;

  /**
   * @param {Language} language
   * @param {Microphone} microphone
   * @param {() => AudioContext | null} context in which the level is measured
   * @param {(error: unknown) => void} onProblem
   */
  constructor(language, microphone, context, onProblem) {
    this.#language = language;
    this.#microphone = microphone;
    this.#context = context;
    this.#button.addEventListener('click', () => {
      microphone.press().catch(onProblem);
    });
    microphone.addEventListener('change', () => this.#change());
    language.addEventListener('change', () => this.#put());
    this.#put();
  }

  /** @param {boolean} taken whether there is a call whose server takes a microphone */
  enable(taken) {
    this.#taken = taken;
    this.#put();
  }

  #change() {
    const { state, track } = this.#microphone;
    const context = this.#context();
    if (state === 'on' && track && context) this.#meter.follow(context, track);
    else this.#meter.rest();
    this.#put();
  }

  #put() {
    const { state } = this.#microphone;
    const { words, label } = WORDS[state];
    this.#button.dataset.mic = state;
    this.#button.disabled = !this.#taken || state === 'asking';
    this.#words.textContent = this.#language.say(words);
    this.#button.setAttribute('aria-label', this.#language.say(label));
    this.#button.title = this.#language.say(this.#taken ? label : 'micNotTaken');
  }
}
