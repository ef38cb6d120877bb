/**
 * What an avatar is made of, what it is called, and who draws its face.
 *
 * In: a dropped or chosen file, a name, an engine. Out: a wish, by the handler given. Owns #making
 * and the preview's object URL.
 */

import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./avatars_api.js').Engine} Engine */
/** @typedef {{ file: File, name: string, engine: string }} Wish */

const NOT_IN_A_NAME = /[^A-Za-z0-9_-]+/g;

/** @param {DragEvent} event */
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;

export class AvatarForm {
  #language;
  #onWish;
  #form = byId('making', HTMLFormElement);
  #drop = byId('making-drop', HTMLElement);
  #input = byId('making-file', HTMLInputElement);
  #name = byId('making-name', HTMLInputElement);
  #engine = byId('making-engine', HTMLSelectElement);
  #start = byId('making-start', HTMLButtonElement);
  #preview = byId('making-preview', HTMLImageElement);
  /** @type {File | null} */
  #file = null;
  /** @type {Engine[]} */
  #engines = [];
  #busy = false;

  /**
   * @param {Language} language
   * @param {(wish: Wish) => Promise<boolean>} onWish whether the server took it
   */
  constructor(language, onWish) {
    this.#language = language;
    this.#onWish = onWish;
    this.#input.addEventListener('change', () => this.#take(this.#input.files?.[0]));
    this.#engine.addEventListener('change', () => this.#render());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    addEventListener('dragover', (event) => this.#over(event));
    addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) this.#highlight(false); // left the window
    });
    addEventListener('drop', (event) => this.#dropped(event));
    language.addEventListener('change', () => this.#render());
    this.#render();
    this.#take(this.#input.files?.[0]); // chosen before this ran
  }

  /** @param {Engine[]} engines */
  offer(engines) {
    this.#engines = engines;
    this.#engine.replaceChildren(...engines.map(({ name }) => new Option(name, name)));
    this.#fit();
    this.#render();
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // else the browser would open the file
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    this.#highlight(true);
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    this.#highlight(false);
    this.#take(event.dataTransfer?.files[0]);
  }

  /** @param {File | undefined} file */
  #take(file) {
    this.#input.value = ''; // the same file may be chosen again
    if (!file || this.#busy) return;
    this.#file = file;
    if (this.#name.value === '') this.#name.value = nameOf(file.name);
    URL.revokeObjectURL(this.#preview.src);
    this.#preview.hidden = !this.#isPhoto;
    if (this.#isPhoto) this.#preview.src = URL.createObjectURL(file);
    byId('making-icon', SVGElement).toggleAttribute('hidden', this.#isPhoto);
    this.#fit();
    this.#render();
  }

  get #isPhoto() {
    return this.#file?.type.startsWith('image/') ?? false;
  }

  /** @param {Engine} engine whether it can be made of what was chosen */
  #suits(engine) {
    return this.#file === null || (this.#isPhoto ? engine.photo : engine.clip);
  }

  /** An engine that suits the file; one that lacks nothing first. */
  #fit() {
    const suited = this.#engines.filter((engine) => this.#suits(engine));
    if (suited.some(({ name }) => name === this.#engine.value && this.#file === null)) return;
    const best = suited.find(({ lacking }) => lacking === '') ?? suited[0];
    if (best) this.#engine.value = best.name;
  }

  async #submit() {
    if (this.#busy) return;
    if (this.#file === null) {
      this.#input.focus();
      byId('making-file-name', HTMLElement).textContent = this.#language.translate('makingNoFile');
      return;
    }
    this.#busy = true;
    this.#render();
    const wish = { file: this.#file, name: this.#name.value, engine: this.#engine.value };
    const taken = await this.#onWish(wish);
    this.#busy = false;
    if (taken) this.#reset();
    this.#render();
  }

  #reset() {
    this.#file = null;
    this.#name.value = '';
    URL.revokeObjectURL(this.#preview.src);
    this.#preview.removeAttribute('src');
    this.#preview.hidden = true;
    byId('making-icon', SVGElement).toggleAttribute('hidden', false);
  }

  /** @param {boolean} on */
  #highlight(on) {
    if (this.#drop.hasAttribute('data-over') === on) return;
    this.#drop.toggleAttribute('data-over', on);
    this.#render();
  }

  #render() {
    const over = this.#drop.hasAttribute('data-over');
    byId('making-file-name', HTMLElement).textContent = over
      ? this.#language.translate('makingDropHere')
      : (this.#file?.name ?? this.#language.translate('makingDrop'));
    for (const option of this.#engine.options) this.#renderOption(option);
    const engine = this.#engines.find(({ name }) => name === this.#engine.value);
    byId('making-lacking', HTMLElement).hidden = !engine?.lacking;
    byId('making-lacking-title', HTMLElement).textContent =
      this.#language.translate('makingLacking');
    byId('making-lacking-detail', HTMLElement).textContent = engine?.lacking ?? '';
    this.#start.disabled = this.#busy;
    byId('making-start-text', HTMLElement).textContent = this.#language.translate(
      this.#busy ? 'makingSending' : 'makingStart',
    );
  }

  /** @param {HTMLOptionElement} option */
  #renderOption(option) {
    const engine = this.#engines.find(({ name }) => name === option.value);
    if (!engine) return;
    option.disabled = !this.#suits(engine);
    const what = engine.clip ? 'engineClip' : 'enginePhoto';
    const about = this.#language.translate(engine.lacking ? 'engineLacking' : what);
    option.textContent = `${engine.name} – ${about}`;
  }
}

/**
 * A file's name as one that an avatar can have.
 * @param {string} file
 */
export function nameOf(file) {
  const stem = file.replace(/\.[^.]*$/, '');
  return stem.replace(NOT_IN_A_NAME, '-').replace(/^[-_]+|[-_]+$/g, '').slice(0, 64);
}
