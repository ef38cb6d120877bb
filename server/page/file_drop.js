/**
 * Takes a sound file, dropped on the page or chosen.
 *
 * In: drags and choices. Out: one file at a time, by the handler given. Owns #file-drop and #file.
 */

import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @param {DragEvent} event */
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;

export class FileDrop {
  #language;
  #zone = byId('file-drop', HTMLElement);
  #input = byId('file', HTMLInputElement);
  #text = byId('file-drop-text', HTMLElement);
  #onFile;
  #enabled = false;
  /** @type {[StringKey, Record<string, string | number>]} */
  #status = ['dropPrompt', {}];

  /**
   * @param {Language} language
   * @param {(file: File, others: number) => void} onFile others: how many more were dropped
   */
  constructor(language, onFile) {
    this.#language = language;
    this.#onFile = onFile;
    this.#input.addEventListener('change', () => this.#choose());
    addEventListener('dragover', (event) => this.#over(event));
    addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) this.#highlight(false); // left the window
    });
    addEventListener('drop', (event) => this.#drop(event));
    language.addEventListener('change', () => this.#render());
    this.#render();
  }

  /** @param {boolean} enabled whether there is a session to play a file in */
  enable(enabled) {
    this.#enabled = enabled;
    this.#input.disabled = !enabled;
    this.#zone.toggleAttribute('data-off', !enabled);
  }

  /**
   * @param {StringKey} key
   * @param {Record<string, string | number>} [values]
   */
  showStatus(key, values = {}) {
    this.#status = [key, values];
    this.#render();
  }

  #choose() {
    const [file, ...others] = this.#input.files ?? [];
    if (file) this.#onFile(file, others.length);
    this.#input.value = ''; // the same file may be chosen again
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // else the browser would open the file and end the session
    if (event.dataTransfer) event.dataTransfer.dropEffect = this.#enabled ? 'copy' : 'none';
    this.#highlight(this.#enabled);
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    this.#highlight(false);
    const [file, ...others] = event.dataTransfer?.files ?? [];
    if (file && this.#enabled) this.#onFile(file, others.length);
  }

  /** @param {boolean} on */
  #highlight(on) {
    if (this.#zone.hasAttribute('data-over') === on) return;
    this.#zone.toggleAttribute('data-over', on);
    this.#render();
  }

  #render() {
    const over = this.#zone.hasAttribute('data-over');
    const [key, values] = over ? ['dropHere', {}] : this.#status;
    this.#text.textContent = this.#language.translate(/** @type {StringKey} */ (key), values);
  }
}
