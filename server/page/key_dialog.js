/**
 * Asks for a key where the server wants one, and begins the page anew when it has it.
 *
 * In: a request that was answered with 401. Out: the server's cookie (POST /login), which no script
 * can read, and the page loaded again. The key itself is kept nowhere. Owns one dialog.
 */

import * as api from './api.js';

/** @typedef {import('./language.js').Language} Language */

export class KeyDialog {
  #language;
  #dialog = document.createElement('dialog');
  #title = document.createElement('h2');
  #label = document.createElement('label');
  #name = document.createElement('span');
  #input = document.createElement('input');
  #wrong = document.createElement('p');
  #send = document.createElement('button');

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    this.#build();
    language.addEventListener('change', () => this.#render());
    this.#render();
    api.onKeyWanted(() => this.#ask());
  }

  #build() {
    const form = document.createElement('form');
    this.#dialog.className = 'key-dialog';
    this.#dialog.dataset.testid = 'key-dialog';
    this.#input.type = 'password';
    this.#input.required = true;
    this.#input.autocomplete = 'current-password';
    this.#input.dataset.testid = 'key';
    this.#wrong.setAttribute('role', 'alert');
    this.#send.className = 'primary plain';
    this.#send.dataset.testid = 'key-send';
    this.#label.append(this.#name, this.#input);
    form.append(this.#title, this.#forPasswordManagers(), this.#label, this.#wrong, this.#send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#login();
    });
    this.#dialog.append(form);
    document.body.append(this.#dialog);
  }

  /** Whoever keeps passwords wants a name beside them; keys have none. */
  #forPasswordManagers() {
    const name = document.createElement('input');
    name.type = 'text';
    name.autocomplete = 'username';
    name.value = 'ringtalk';
    name.hidden = true;
    return name;
  }

  #render() {
    this.#title.textContent = this.#language.translate('keyWanted');
    this.#name.textContent = this.#language.translate('key');
    this.#send.textContent = this.#language.translate('keySend');
  }

  #ask() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  async #login() {
    this.#send.disabled = true;
    try {
      await api.login(this.#input.value);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      this.#wrong.textContent =
        error.status === 401 ? this.#language.translate('keyWrong') : error.message;
      this.#send.disabled = false;
      this.#input.select();
      return;
    }
    location.reload();
  }
}
