/**
 * Which language the page speaks.
 *
 * In: the browser's languages and the choice remembered from last time. Out: words by
 * key. Owns one key of localStorage and the `lang` attribute of the document.
 */

import { STRINGS } from './strings.js';

/** @typedef {import('./strings.js').StringKey} StringKey */
/** @typedef {import('./strings.js').LanguageCode} LanguageCode */

const REMEMBERED = 'ringtalk.language';
/** The BCP 47 tags that choose the right Han glyphs and hyphenation. */
const TAGS = { en: 'en', zh: 'zh-Hans' };

/** @returns {LanguageCode | null} */
function remembered() {
  try {
    const code = localStorage.getItem(REMEMBERED);
    return code === 'en' || code === 'zh' ? code : null;
  } catch (error) {
    if (error instanceof DOMException) return null; // storage is switched off
    throw error;
  }
}

/** @param {LanguageCode} code */
function remember(code) {
  try {
    localStorage.setItem(REMEMBERED, code);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // storage is switched off or full
  }
}

/**
 * The first of the wanted languages that the page has.
 * @param {readonly string[]} wanted BCP 47 tags, best first
 * @returns {LanguageCode}
 */
export function pickLanguage(wanted) {
  const codes = wanted.map((tag) => tag.toLowerCase().split('-')[0]);
  return codes.find((code) => code === 'zh' || code === 'en') === 'zh' ? 'zh' : 'en';
}

/** Dispatches `change` when another language was chosen. */
export class Language extends EventTarget {
  /** @type {LanguageCode} */
  code;

  constructor() {
    super();
    this.code = remembered() ?? pickLanguage(navigator.languages ?? [navigator.language]);
    document.documentElement.lang = TAGS[this.code];
  }

  /** @param {LanguageCode} code */
  choose(code) {
    this.code = code;
    remember(code);
    document.documentElement.lang = TAGS[code];
    this.dispatchEvent(new Event('change'));
  }

  /**
   * The words of a key, with its `{name}` marks filled in.
   * @param {StringKey} key
   * @param {Record<string, string | number>} [values]
   * @returns {string}
   */
  translate(key, values = {}) {
    return STRINGS[this.code][key].replace(/\{(\w+)\}/g, (mark, name) =>
      name in values ? String(values[name]) : mark,
    );
  }
}
