/**
 * What is asked before an avatar is renamed or deleted, and its contact sheet, large.
 *
 * In: an avatar's name. Out: what the person decided, by the handlers given. Owns the three dialogs.
 */

import { byId } from './elements.js';
import { pictureOf } from './avatars_api.js';

/** @typedef {import('./language.js').Language} Language */

export class AvatarDialogs {
  #language;
  #on;
  #sheet = byId('sheet-dialog', HTMLDialogElement);
  #rename = byId('rename-dialog', HTMLDialogElement);
  #delete = byId('delete-dialog', HTMLDialogElement);
  #name = '';

  /**
   * @param {Language} language
   * @param {{ rename: (name: string, to: string) => Promise<string>,
   *   remove: (name: string) => Promise<string> }} on '' or what went wrong, in words
   */
  constructor(language, on) {
    this.#language = language;
    this.#on = on;
    for (const dialog of [this.#sheet, this.#rename, this.#delete]) {
      dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close());
      dialog.addEventListener('click', (event) => {
        if (event.target === dialog) dialog.close(); // beside it
      });
    }
    byId('rename-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#renamed();
    });
    byId('delete-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#removed();
    });
    language.addEventListener('change', () => this.#render());
  }

  /** @param {string} name */
  showSheet(name) {
    const picture = byId('sheet', HTMLImageElement);
    this.#open(this.#sheet, name);
    picture.src = pictureOf(name, 'sheet', Date.now());
  }

  /** @param {string} name */
  askName(name) {
    const input = byId('rename-name', HTMLInputElement);
    input.value = name;
    byId('rename-wrong', HTMLElement).textContent = '';
    this.#open(this.#rename, name);
    input.select();
  }

  /** @param {string} name */
  askDelete(name) {
    byId('delete-wrong', HTMLElement).textContent = '';
    this.#open(this.#delete, name);
  }

  /**
   * @param {HTMLDialogElement} dialog
   * @param {string} name
   */
  #open(dialog, name) {
    this.#name = name;
    this.#render();
    dialog.showModal();
  }

  #render() {
    const name = this.#name;
    byId('sheet-title', HTMLElement).textContent = this.#language.translate('sheetOf', { name });
    byId('sheet', HTMLImageElement).alt = this.#language.translate('sheetOf', { name });
    byId('rename-title', HTMLElement).textContent = this.#language.translate('renameName', { name });
    byId('delete-title', HTMLElement).textContent = this.#language.translate('deleteName', { name });
  }

  async #renamed() {
    const to = byId('rename-name', HTMLInputElement).value;
    const wrong = to === this.#name ? '' : await this.#on.rename(this.#name, to);
    byId('rename-wrong', HTMLElement).textContent = wrong;
    if (!wrong) this.#rename.close();
  }

  async #removed() {
    const wrong = await this.#on.remove(this.#name);
    byId('delete-wrong', HTMLElement).textContent = wrong;
    if (!wrong) this.#delete.close();
  }
}
