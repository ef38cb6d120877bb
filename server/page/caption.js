/**
 * The strip below the picture: the sentence that is being said, highlighted word by word, and the
 * person's own words while it is their turn.
 *
 * In: a Sentence that changes, or the words of a person. Out: text. It is for the eye only;
 * screen readers hear the transcript. Owns #caption and one timer.
 */

import { byId } from './elements.js';
import { langOf } from './sentence.js';

/** @typedef {import('./sentence.js').Sentence} Sentence */

/** How long the words stay when nothing follows, ms. */
const STAY_MS = 2_500;
const INTERRUPTED_STAY_MS = 1_600;

/**
 * @param {string} className
 * @param {string} text
 */
function part(className, text) {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  return span;
}

export class Caption {
  #box = byId('caption', HTMLElement);
  #line = byId('caption-line', HTMLElement);
  #hint = byId('caption-hint', HTMLElement);
  #timer = 0;

  /** @param {Sentence} sentence that is being said */
  say(sentence) {
    const kind = sentence.timed ? 'face timed' : 'face';
    const now = part('now', sentence.now);
    const [said, rest] = [part('said', sentence.said), part('rest', sentence.rest)];
    this.#render(kind, sentence.text, [said, now, rest]);
    const bottom = now.offsetTop - this.#line.offsetTop + now.offsetHeight;
    this.#line.scrollTop = sentence.timed ? Math.max(0, bottom - this.#line.clientHeight) : 0;
  }

  /** @param {Sentence} sentence that was cut off where it is */
  interrupted(sentence) {
    const said = part('said', sentence.heard);
    const rest = document.createElement('s');
    rest.textContent = sentence.unheard;
    this.#render('face timed interrupted', sentence.text, [said, rest]);
    this.#clearAfter(INTERRUPTED_STAY_MS);
  }

  /** The utterance is over. */
  end() {
    if (this.#line.classList.contains('face')) this.#clearAfter(STAY_MS);
  }

  /**
   * @param {string} text the person's words so far
   * @param {boolean} final
   */
  hear(text, final) {
    this.#render(final ? 'person final' : 'person', text, [part('', text)]);
    this.#line.scrollTop = this.#line.scrollHeight;
  }

  /** @param {boolean} held whether the face waits in the middle of the sentence */
  hold(held) {
    this.#box.toggleAttribute('data-held', held);
  }

  clear() {
    clearTimeout(this.#timer);
    this.hold(false);
    this.#line.replaceChildren();
    this.#line.hidden = true;
    this.#hint.hidden = false;
  }

  /**
   * @param {string} kind
   * @param {string} text
   * @param {Element[]} parts
   */
  #render(kind, text, parts) {
    clearTimeout(this.#timer);
    this.#hint.hidden = true;
    this.#line.hidden = false;
    this.#line.className = kind;
    this.#line.lang = langOf(text);
    this.#line.replaceChildren(...parts);
  }

  /** @param {number} ms */
  #clearAfter(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.clear(), ms);
  }
}
