/**
 * Puts the text of a language where index.html asks for them.
 *
 * In: elements with data-text, data-label, data-title or data-placeholder, whose values are
 * keys of strings.js. Out: their text and attributes. Owns nothing.
 */

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {[string, (element: Element, text: string) => void][]} */
const ATTRIBUTES = [
  ['data-text', (element, text) => (element.textContent = text)],
  ['data-label', (element, text) => element.setAttribute('aria-label', text)],
  ['data-title', (element, text) => element.setAttribute('title', text)],
  ['data-placeholder', (element, text) => element.setAttribute('placeholder', text)],
];

/** @param {Language} language */
export function translatePage(language) {
  document.title = language.translate('pageTitle');
  for (const [attribute, set] of ATTRIBUTES) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      const key = /** @type {StringKey} */ (element.getAttribute(attribute));
      set(element, language.translate(key));
    }
  }
  for (const button of document.querySelectorAll('[data-language]')) {
    const chosen = button.getAttribute('data-language') === language.code;
    button.setAttribute('aria-pressed', String(chosen));
  }
}
