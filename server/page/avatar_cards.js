/**
 * The avatars that there are, one card each.
 *
 * In: the server's list. Out: presses on a card's buttons, by the handlers given. Owns #avatar-grid.
 */

import { byId } from './elements.js';
import { pictureOf } from './avatars_api.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./avatars_api.js').AvatarRow} AvatarRow */
/** @typedef {import('./strings.js').StringKey} StringKey */
/** @typedef {(name: string) => void} OnName */

export class AvatarCards {
  #language;
  #on;
  #grid = byId('avatar-grid', HTMLElement);
  /** @type {AvatarRow[]} */
  #avatars = [];
  #stamp = Date.now();
  #newest = '';

  /**
   * @param {Language} language
   * @param {{ sheet: OnName, rename: OnName, remove: OnName }} on
   */
  constructor(language, on) {
    this.#language = language;
    this.#on = on;
    language.addEventListener('change', () => this.#render());
  }

  /**
   * One's own first.
   * @param {AvatarRow[]} avatars
   * @param {string} [newest] who was just made
   */
  show(avatars, newest = '') {
    const own = avatars.filter(({ builtin }) => !builtin);
    this.#avatars = [...own, ...avatars.filter(({ builtin }) => builtin)];
    this.#stamp = Date.now();
    this.#newest = newest;
    this.#render();
  }

  /** @param {string} name whose card is looked at */
  focus(name) {
    const card = [...this.#grid.children].find((one) => one.getAttribute('data-name') === name);
    const control = (card ?? this.#grid).querySelector('a, button');
    if (control instanceof HTMLElement) control.focus();
  }

  #render() {
    this.#grid.replaceChildren(...this.#avatars.map((avatar) => this.#card(avatar)));
  }

  /** @param {AvatarRow} avatar */
  #card(avatar) {
    const card = document.createElement('li');
    card.className = 'card';
    card.dataset.name = avatar.name;
    card.toggleAttribute('data-new', avatar.name === this.#newest);
    const body = document.createElement('div');
    body.className = 'avatar-body';
    const words = document.createElement('div');
    words.append(this.#heading(avatar), this.#about(avatar));
    body.append(words, this.#buttons(avatar));
    card.append(this.#poster(avatar), body);
    return card;
  }

  /** @param {AvatarRow} avatar */
  #poster(avatar) {
    const poster = document.createElement('img');
    poster.className = 'avatar-poster';
    poster.alt = '';
    poster.loading = 'lazy';
    if (!avatar.broken) poster.src = pictureOf(avatar.name, 'poster', avatar.builtin ? 0 : this.#stamp);
    return poster;
  }

  /** @param {AvatarRow} avatar */
  #heading(avatar) {
    const heading = document.createElement('h3');
    heading.className = 'avatar-name';
    heading.textContent = avatar.name;
    return heading;
  }

  /** @param {AvatarRow} avatar */
  #about(avatar) {
    const about = document.createElement('p');
    about.className = 'avatar-about';
    about.toggleAttribute('data-broken', avatar.broken !== '');
    const size = `${avatar.width} × ${avatar.height}`;
    const whose = avatar.builtin ? this.#language.translate('builtIn') : avatar.engine;
    about.textContent = avatar.broken || `${whose} · ${size}`;
    if (avatar.default) about.textContent += ` · ${this.#language.translate('shownFirst')}`;
    return about;
  }

  /** @param {AvatarRow} avatar */
  #buttons(avatar) {
    const buttons = document.createElement('div');
    buttons.className = 'avatar-buttons';
    if (!avatar.broken) buttons.append(this.#talk(avatar.name));
    if (avatar.sheet) buttons.append(this.#button('sheet', avatar.name, this.#on.sheet));
    if (!avatar.builtin && !avatar.default) {
      if (!avatar.broken) buttons.append(this.#button('rename', avatar.name, this.#on.rename));
      const remove = this.#button('remove', avatar.name, this.#on.remove);
      remove.classList.add('delete');
      buttons.append(remove);
    }
    return buttons;
  }

  /** @param {string} name */
  #talk(name) {
    const talk = document.createElement('a');
    talk.className = 'small talk';
    talk.href = `./?avatar=${encodeURIComponent(name)}`;
    talk.textContent = this.#language.translate('talkTo');
    talk.setAttribute('aria-label', this.#language.translate('talkToName', { name }));
    return talk;
  }

  /**
   * @param {StringKey} key
   * @param {string} name
   * @param {OnName} on
   */
  #button(key, name, on) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'small';
    button.textContent = this.#language.translate(key);
    button.setAttribute('aria-label', `${button.textContent}: ${name}`);
    button.addEventListener('click', () => on(name));
    return button;
  }
}
