/**
 * The page of avatars: a clip or a photo becomes one, is looked at, talked to, renamed, deleted.
 *
 * In: avatars.html. Out: requests to the server. Owns everything that lives as long as the page.
 */

import * as api from './avatars_api.js';
import { AvatarCards } from './avatar_cards.js';
import { AvatarDialogs } from './avatar_dialogs.js';
import { AvatarForm } from './avatar_form.js';
import { AvatarTasks } from './avatar_tasks.js';
import { ApiError } from './api.js';
import { explain } from './errors.js';
import { KeyDialog } from './key_dialog.js';
import { Language } from './language.js';
import { Toast } from './toast.js';
import { translatePage } from './translate.js';

/** @typedef {import('./avatar_form.js').Wish} Wish */
/** @typedef {import('./strings.js').LanguageCode} LanguageCode */

class AvatarsPage {
  #language = new Language();
  #toast = new Toast(this.#language);
  #form = new AvatarForm(this.#language, (wish) => this.#make(wish));
  #tasks = new AvatarTasks(this.#language, {
    made: (name) => void this.#load(name),
    cancel: (task) => void this.#cancel(task),
  });
  #dialogs = new AvatarDialogs(this.#language, {
    rename: (name, to) => this.#change(() => api.rename(name, to), to),
    remove: (name) => this.#change(() => api.remove(name), ''),
  });
  #cards = new AvatarCards(this.#language, {
    sheet: (name) => this.#dialogs.showSheet(name),
    rename: (name) => this.#dialogs.askName(name),
    remove: (name) => this.#dialogs.askDelete(name),
  });

  constructor() {
    this.#language.addEventListener('change', () => translatePage(this.#language));
    for (const button of document.querySelectorAll('[data-language]')) {
      const code = /** @type {LanguageCode} */ (button.getAttribute('data-language'));
      button.addEventListener('click', () => this.#language.choose(code));
    }
    new KeyDialog(this.#language);
    translatePage(this.#language);
    this.#tasks.follow();
    void this.#load();
    void this.#loadEngines();
  }

  /** @param {string} [newest] */
  async #load(newest = '') {
    try {
      this.#cards.show(await api.avatars(), newest);
    } catch (error) {
      this.#toast.error(explain(error, 'making'));
    }
  }

  async #loadEngines() {
    try {
      this.#form.offer(await api.engines());
    } catch (error) {
      this.#toast.error(explain(error, 'making'));
    }
  }

  /** @param {Wish} wish */
  async #make({ file, name, engine }) {
    this.#toast.hide();
    try {
      await api.make(file, name, engine);
      return true;
    } catch (error) {
      this.#toast.error(explain(error, 'making'));
      return false;
    }
  }

  /** @param {string} task */
  async #cancel(task) {
    try {
      await api.cancel(task);
    } catch (error) {
      this.#toast.error(explain(error, 'making'));
    }
  }

  /**
   * @param {() => Promise<void>} work
   * @param {string} then whose card is looked at afterwards
   */
  async #change(work, then) {
    try {
      await work();
    } catch (error) {
      if (error instanceof ApiError && error.message) return error.message;
      const { key, values } = explain(error, 'making');
      return this.#language.translate(key, values);
    }
    await this.#load();
    queueMicrotask(() => this.#cards.focus(then)); // when the dialog has given the focus back
    return '';
  }
}

new AvatarsPage();
