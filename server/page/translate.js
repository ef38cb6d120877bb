/**
 * Puts the words of a language where index.html asks for them.
 *
 * In: elements with data-text, data-label, data-title or data-placeholder, whose values are
 * keys of strings.js. Out: their text and attributes. Owns nothing.
 */

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {[string, (element: Element, words: string) => void][]} */
const PLACES = [
  ['data-text', (element, words) => (element.textContent = words)],
  ['data-label', (element, words) => element.setAttribute('aria-label', words)],
  ['data-title', (element, words) => element.setAttribute('title', words)],
  ['data-placeholder', (element, words) => element.setAttribute('placeholder', words)],
];

/** @param {Language} language */
export function putWords(language) {
  document.title = language.say('pageTitle');
  for (const [attribute, put] of PLACES) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      const key = /** @type {StringKey} */ (element.getAttribute(attribute));
      put(element, language.say(key));
    }
  }
  for (const button of document.querySelectorAll('[data-language]')) {
    const chosen = button.getAttribute('data-language') === language.code;
    button.setAttribute('aria-pressed', String(chosen));
  }
}
