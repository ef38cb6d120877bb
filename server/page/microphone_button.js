/**
 * The microphone's button: its words for each state, and the level around it.
 *
 * In: the microphone, whether the server takes one, and presses. Out: errors and the lost
 * device, by the handlers given. Owns #mic and the meter.
 */

import { byId } from './elements.js';
import { LevelMeter } from './level_meter.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./microphone.js').Microphone} Microphone */
/** @typedef {import('./microphone.js').MicrophoneState} MicrophoneState */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {Record<MicrophoneState, { text: StringKey, label: StringKey }>} */
const TEXTS = {
  off: { text: 'micTalk', label: 'micTalkLabel' },
  asking: { text: 'micAsking', label: 'micAskingLabel' },
  on: { text: 'micMute', label: 'micMuteLabel' },
  muted: { text: 'micUnmute', label: 'micUnmuteLabel' },
};

export class MicrophoneButton {
  #language;
  #microphone;
  #context;
  #button = byId('mic', HTMLButtonElement);
  #text = byId('mic-text', HTMLElement);
  #meter = new LevelMeter((level) => this.#button.style.setProperty('--level', level.toFixed(2)));
  #accepted = false;

  /**
   * @param {Language} language
   * @param {Microphone} microphone
   * @param {() => AudioContext | null} context in which the level is measured
   * @param {(error: unknown) => void} onError
   */
  constructor(language, microphone, context, onError) {
    this.#language = language;
    this.#microphone = microphone;
    this.#context = context;
    this.#button.addEventListener('click', () => {
      microphone.toggle().catch(onError);
    });
    microphone.addEventListener('change', () => this.#change());
    language.addEventListener('change', () => this.#render());
    this.#render();
  }

  /** @param {boolean} accepted whether there is a session whose server takes a microphone */
  enable(accepted) {
    this.#accepted = accepted;
    this.#render();
  }

  #change() {
    const { state, track } = this.#microphone;
    const context = this.#context();
    if (state === 'on' && track && context) this.#meter.attach(context, track);
    else this.#meter.detach();
    this.#render();
  }

  #render() {
    const { state } = this.#microphone;
    const { text, label } = TEXTS[state];
    this.#button.dataset.mic = state;
    this.#button.disabled = !this.#accepted || state === 'asking';
    this.#text.textContent = this.#language.translate(text);
    this.#button.setAttribute('aria-label', this.#language.translate(label));
    this.#button.title = this.#language.translate(this.#accepted ? label : 'micNotTaken');
  }
}
