/**
 * What was said in the session, by the person and by the face.
 *
 * In: sentences as they begin, interruptions, a person's words. Out: a log of lines; what was
 * cut off is struck out. A screen reader hears each line once, when it is whole: the person's
 * words that may still change stand outside the live region. Owns #transcript and #partial.
 */

import { byId } from './elements.js';
import { langOf } from './sentence.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./sentence.js').Sentence} Sentence */

const MAX_LINES = 200;
/** So close to its end, the log follows what is added. */
const NEAR_END_PX = 48;

export class Transcript {
  #language;
  #log = byId('transcript', HTMLElement);
  #partial = byId('partial', HTMLElement);
  #empty = byId('transcript-empty', HTMLElement);
  /** The line of the utterance that is being said. @type {HTMLElement | null} */
  #openLine = null;
  #utterance = 0;

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    language.addEventListener('change', () => this.#renderNames());
  }

  /**
   * @param {number} utterance
   * @param {Sentence} sentence that begins
   */
  say(utterance, sentence) {
    if (!this.#openLine || this.#utterance !== utterance) this.#openLine = this.#line('face');
    this.#utterance = utterance;
    this.#add(() => this.#sentence(sentence.text));
  }

  /**
   * @param {number} utterance
   * @param {Sentence} sentence that was cut off where it is
   */
  interrupted(utterance, sentence) {
    const last = this.#openLine?.lastElementChild;
    if (this.#utterance !== utterance || !last || !sentence.unheard.trim()) return;
    const rest = document.createElement('s');
    rest.textContent = sentence.unheard;
    last.replaceChildren(sentence.heard, rest);
  }

  /**
   * @param {string} text the person's words so far
   * @param {boolean} final
   */
  hear(text, final) {
    this.#partial.hidden = final;
    this.#partial.textContent = final ? '' : text;
    this.#partial.lang = langOf(text);
    this.#empty.hidden = true;
    if (final) this.type(text);
  }

  /** @param {string} text that the person wrote */
  type(text) {
    this.#openLine = this.#line('person');
    this.#add(() => this.#sentence(text));
    this.#openLine = null;
  }

  /** Whether anything was said. */
  get isEmpty() {
    return this.#log.childElementCount === 0;
  }

  clear() {
    this.#log.replaceChildren();
    this.#partial.hidden = true;
    this.#empty.hidden = false;
    this.#openLine = null;
  }

  /** @param {string} text */
  #sentence(text) {
    const span = document.createElement('span');
    span.lang = langOf(text);
    span.textContent = text;
    if (this.#openLine?.childElementCount) this.#openLine.append(span.lang === '' ? ' ' : '');
    this.#openLine?.append(span);
  }

  /** @param {'face' | 'person'} speaker */
  #line(speaker) {
    const line = document.createElement('div');
    const name = document.createElement('span');
    const words = document.createElement('p');
    words.dir = 'auto';
    line.className = `line ${speaker}`;
    name.className = 'speaker';
    name.dataset.speaker = speaker;
    line.append(name, words);
    this.#add(() => this.#log.append(line));
    if (this.#log.childElementCount > MAX_LINES) this.#log.firstElementChild?.remove();
    this.#empty.hidden = true;
    this.#renderNames();
    return words;
  }

  /** Whoever reads further up is left there. @param {() => void} change */
  #add(change) {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    change();
    if (follows) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #renderNames() {
    const face = this.#language.translate('speakerFace');
    const person = this.#language.translate('speakerPerson');
    for (const element of this.#log.querySelectorAll('[data-speaker]')) {
      element.textContent = element.getAttribute('data-speaker') === 'face' ? face : person;
    }
  }
}
