/**
 * A sentence that is being said: how far it is, word by word.
 *
 * In: its text, and its words as they begin. Out: what was said, what is being said and what
 * is still to come, as parts of the text as it was written. A word that is not found there (a
 * figure that is read out, say) is placed by its time. Owns nothing.
 */

const LETTER = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u;

/**
 * Whether the text from `from` to `to` stands alone, and is not a part of a longer word.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 */
function standsAlone(text, from, to) {
  /** @param {number} edge */
  const joined = (edge) => LETTER.test(text[edge - 1] ?? '') && LETTER.test(text[edge] ?? '');
  return !joined(from) && !joined(to);
}

/**
 * The language of a text, as far as a browser needs it to choose glyphs and a voice.
 * @param {string} text
 * @returns {string} a BCP 47 tag; '' when it is not told by the script
 */
export function langOf(text) {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return 'ja';
  return /\p{Script=Han}/u.test(text) ? 'zh-Hans' : '';
}

export class Sentence {
  text;
  /** Whether a word of it was timed; else only the whole sentence is. */
  timed = false;
  #startMs;
  #endMs;
  #from = 0;
  #to = 0;

  /**
   * @param {string} text
   * @param {number} [startMs] counted from the utterance's start
   * @param {number} [endMs] 0: not known
   */
  constructor(text, startMs = 0, endMs = 0) {
    this.text = text;
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  get said() {
    return this.text.slice(0, this.#from);
  }

  get now() {
    return this.text.slice(this.#from, this.#to);
  }

  get rest() {
    return this.text.slice(this.#to);
  }

  /**
   * A word begins.
   * @param {string} word
   * @param {number} startMs counted from the utterance's start
   */
  highlight(word, startMs) {
    this.timed = true;
    [this.#from, this.#to] = this.#find(word.trim()) ?? this.#guess(word.trim(), startMs);
  }

  /** What was said of it when it is cut off now; all of it, if its words are not timed. */
  get heard() {
    return this.timed ? this.said + this.now : this.text;
  }

  /** What was not. */
  get unheard() {
    return this.timed ? this.rest : '';
  }

  /** All of it was said. */
  finish() {
    this.#from = this.text.length;
    this.#to = this.text.length;
  }

  /**
   * @param {string} word
   * @returns {[number, number] | null}
   */
  #find(word) {
    const [text, wanted] = [this.text.toLowerCase(), word.toLowerCase()];
    if (!wanted || text.length !== this.text.length) return null;
    for (let at = text.indexOf(wanted, this.#to); at >= 0; at = text.indexOf(wanted, at + 1)) {
      if (standsAlone(text, at, at + wanted.length)) return [at, at + wanted.length];
    }
    return null;
  }

  /**
   * @param {string} word
   * @param {number} startMs
   * @returns {[number, number]}
   */
  #guess(word, startMs) {
    const length = this.#endMs - this.#startMs;
    if (length <= 0) return [this.#from, this.#to];
    const part = Math.min(1, Math.max(0, (startMs - this.#startMs) / length));
    const about = Math.floor(part * this.text.length);
    if (about < this.#to) return [this.#from, this.#to];
    const spaced = /\s/.test(this.text);
    const from = spaced ? Math.max(this.#to, this.text.lastIndexOf(' ', about) + 1) : about;
    const token = spaced ? (/^\s*\S*/.exec(this.text.slice(from))?.[0] ?? '') : word;
    return [from, Math.min(this.text.length, from + token.length)];
  }
}
