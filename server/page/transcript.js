/**
 * What was said in the call, by the person and by the face.
 *
 * In: sentences as they begin, interruptions, a person's words. Out: a log of lines; what was
 * cut off is struck out. A screen reader hears each line once, when it is whole: the person's
 * words that may still change stand outside the live region. Owns #transcript and #partial.
 */

import { byId } from './elements.js';
import { langOf } from './sentence.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./sentence.js').Sentence} Sentence */

const MOST_LINES = 200;
/** So close to its end, the log follows what is added. */
const NEAR_END_PX = 48;

export class Transcript {
  #language;
  #log = byId('transcript', HTMLElement);
  #partial = byId('partial', HTMLElement);
  #none = byId('transcript-none', HTMLElement);
  /** The line of the utterance that is being said. @type {HTMLElement | null} */
  #words = null;
  #utterance = 0;

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    language.addEventListener('change', () => this.#name());
  }

  /**
   * @param {number} utterance
   * @param {Sentence} sentence that begins
   */
  say(utterance, sentence) {
    if (!this.#words || this.#utterance !== utterance) this.#words = this.#line('face');
    this.#utterance = utterance;
    this.#add(() => this.#sentence(sentence.text));
  }

  /**
   * @param {number} utterance
   * @param {Sentence} sentence that was cut off where it is
   */
  cut(utterance, sentence) {
    const last = this.#words?.lastElementChild;
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
    this.#none.hidden = true;
    if (final) this.type(text);
  }

  /** @param {string} text that the person wrote */
  type(text) {
    this.#words = this.#line('person');
    this.#add(() => this.#sentence(text));
    this.#words = null;
  }

  clear() {
    this.#log.replaceChildren();
    this.#partial.hidden = true;
    this.#none.hidden = false;
    this.#words = null;
  }

  /** @param {string} text */
  #sentence(text) {
    const span = document.createElement('span');
    span.lang = langOf(text);
    span.textContent = text;
    if (this.#words?.childElementCount) this.#words.append(span.lang === '' ? ' ' : '');
    this.#words?.append(span);
  }

  /** @param {'face' | 'person'} who */
  #line(who) {
    const line = document.createElement('div');
    const name = document.createElement('span');
    const words = document.createElement('p');
    line.className = `line ${who}`;
    name.className = 'who';
    name.dataset.who = who;
    line.append(name, words);
    this.#add(() => this.#log.append(line));
    if (this.#log.childElementCount > MOST_LINES) this.#log.firstElementChild?.remove();
    this.#none.hidden = true;
    this.#name();
    return words;
  }

  /** Whoever reads further up is left there. @param {() => void} change */
  #add(change) {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    change();
    if (follows) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #name() {
    const names = { face: this.#language.say('whoFace'), person: this.#language.say('whoPerson') };
    for (const element of this.#log.querySelectorAll('[data-who]')) {
      element.textContent = names[element.getAttribute('data-who') === 'face' ? 'face' : 'person'];
    }
  }
}
