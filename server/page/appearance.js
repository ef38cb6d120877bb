/**
 * Who is shown, and in front of what: chosen before a session or during one.
 *
 * In: the server's avatars, presses, a picture of the user's own. Out: the appearance that is
 * wanted, word of every change, and who is chosen as the video's poster. Owns #appearance and the
 * pictures' object URLs.
 */

import * as api from './api.js';
import { byId } from './elements.js';
import { downscaled } from './background_picture.js';

/** @typedef {import('./api.js').Avatar} Avatar */
/** @typedef {import('./api.js').AppearanceRequest} AppearanceRequest */
/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** The avatar's own first. @type {[string, StringKey][]} */
const BACKGROUNDS = [
  ['', 'backgroundOwn'],
  ['#e6eaee', 'backgroundLight'],
  ['#cfa983', 'backgroundWarm'],
  ['#204060', 'backgroundBlue'],
  ['#00a650', 'backgroundGreen'],
  ['#14181d', 'backgroundDark'],
];
/** How the server names the framings of its own people. @type {Record<string, StringKey>} */
const FRAMINGS = { landscape: 'avatarWide', portrait: 'avatarTall' };
/** The engine that is always loaded; the network of another may have to be, which takes as long. */
const DRAWN = 'builtin';
/** An avatar that has to be prepared first takes the server some seconds. */
const PREPARE_MS = 90_000;
/** Answers to an offer that speak of what is wanted behind the person. */
const ABOUT_BACKGROUNDS = [404, 409, 422];

export class Appearance {
  #language;
  #on;
  #form = byId('appearance', HTMLFormElement);
  #avatarSelect = byId('avatar', HTMLSelectElement);
  #backgrounds = byId('backgrounds', HTMLFieldSetElement);
  #file = byId('background-file', HTMLInputElement);
  #video = byId('video', HTMLVideoElement);
  /** @type {Avatar[]} */
  #avatars = [];
  /** @type {HTMLInputElement[]} */
  #choices = [];
  /** Who is named in the page's address. */
  #asked = new URLSearchParams(location.search).get('avatar');

  /**
   * @param {Language} language
   * @param {{ avatar: () => void, background: () => void, error: (error: unknown) => void }} on
   */
  constructor(language, on) {
    this.#language = language;
    this.#on = on;
    this.#choices = BACKGROUNDS.map(([value, key]) => this.#addBackground(value, key));
    this.#choose('');
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#avatarSelect.addEventListener('change', () => {
      this.#allowBackgrounds();
      this.#showPoster();
      on.avatar();
    });
    this.#backgrounds.addEventListener('change', ({ target }) => {
      if (target !== this.#file) on.background();
    });
    this.#file.addEventListener('change', () => void this.#upload());
    language.addEventListener('change', () => this.#render());
  }

  /** Asks who can be shown, if that is not known; without an answer there is no choice. */
  async load() {
    if (this.#avatars.length > 0) return;
    try {
      const avatars = await api.avatars();
      this.#avatars = avatars.filter(({ broken }) => broken === '');
      for (const avatar of this.#avatars) avatar.prepared &&= avatar.engine === DRAWN;
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
    }
    this.#render();
  }

  /** What is wanted now. @returns {AppearanceRequest} */
  get wanted() {
    const avatar = this.#avatar;
    const timeoutMs = avatar && !avatar.prepared ? PREPARE_MS : undefined;
    const background = avatar?.replaceable ? this.#background : '';
    return { avatar: avatar?.name ?? null, background, timeoutMs };
  }

  /** It has been seen: the next time takes no preparing. @param {AppearanceRequest} shown */
  markPrepared(shown) {
    for (const avatar of this.#avatars) if (avatar.name === shown.avatar) avatar.prepared = true;
  }

  /**
   * Goes back to the avatar's own background if it may be why a session was refused.
   * @param {unknown} error
   */
  resetIfRefused(error) {
    const about = error instanceof api.ApiError && ABOUT_BACKGROUNDS.includes(error.status);
    if (!about || this.wanted.background === '') return false;
    this.select('');
    return true;
  }

  /** Shows this background as chosen, and tells nobody. @param {string} background */
  select(background) {
    this.#choose(this.#choices.some(({ value }) => value === background) ? background : '');
  }

  /** Shows this avatar as chosen, and tells nobody. @param {string | null} name */
  selectAvatar(name) {
    if (this.#avatars.some((avatar) => avatar.name === name)) this.#avatarSelect.value = name ?? '';
    this.#allowBackgrounds();
  }

  get #avatar() {
    return this.#avatars.find(({ name }) => name === this.#avatarSelect.value);
  }

  get #background() {
    return this.#choices.find(({ checked }) => checked)?.value ?? '';
  }

  /** Who is chosen is seen before a session shows them. */
  #showPoster() {
    const avatar = this.#avatar;
    if (!avatar) return;
    const poster = new URL(`avatars/${encodeURIComponent(avatar.name)}/poster`, document.baseURI);
    if (this.#video.poster !== poster.href) this.#video.poster = poster.href;
  }

  /** @param {string} background */
  #choose(background) {
    for (const choice of this.#choices) choice.checked = choice.value === background;
  }

  #render() {
    this.#form.hidden = this.#avatars.length === 0;
    const before =
      this.#avatar ??
      this.#avatars.find(({ name }) => name === this.#asked) ??
      this.#avatars.find((avatar) => avatar.default);
    const options = this.#avatars.map(({ name }) => new Option(this.#label(name), name));
    this.#avatarSelect.replaceChildren(...options);
    if (before) this.#avatarSelect.value = before.name;
    this.#showPoster();
    for (const choice of this.#choices) this.#renderName(choice);
    this.#allowBackgrounds();
  }

  /** Only some avatars can stand in front of something else. */
  #allowBackgrounds() {
    const fixed = this.#avatar?.replaceable === false;
    this.#backgrounds.disabled = fixed;
    this.#backgrounds.title = fixed ? this.#language.translate('backgroundFixed') : '';
  }

  /** @param {string} name */
  #label(name) {
    const [person, framing, ...more] = name.split('-');
    const key = more.length === 0 && framing !== undefined ? FRAMINGS[framing] : undefined;
    const plain = framing === undefined || key ? person : name;
    const called = plain.charAt(0).toUpperCase() + plain.slice(1);
    return key ? this.#language.translate(key, { name: called }) : called;
  }

  /**
   * @param {string} value
   * @param {StringKey} key
   */
  #addBackground(value, key) {
    const choice = document.createElement('input');
    Object.assign(choice, { type: 'radio', name: 'background', value });
    choice.dataset.nameKey = key;
    const label = document.createElement('label');
    label.className = value === '' ? 'background own' : 'background';
    if (value.startsWith('#')) label.style.setProperty('--background', value);
    label.append(choice);
    this.#file.before(label);
    this.#renderName(choice);
    return choice;
  }

  /** @param {HTMLInputElement} choice */
  #renderName(choice) {
    const name = this.#language.translate(/** @type {StringKey} */ (choice.dataset.nameKey));
    choice.setAttribute('aria-label', name);
    choice.parentElement?.setAttribute('title', name);
  }

  /** A picture of the user's own: made small, sent, and chosen. */
  async #upload() {
    const [file] = this.#file.files ?? [];
    this.#file.value = ''; // the same file may be chosen again
    if (!file) return;
    this.#form.toggleAttribute('data-busy', true);
    try {
      const picture = await downscaled(file);
      const id = await api.uploadBackground(picture);
      this.#add(id, URL.createObjectURL(picture));
      this.#choose(id);
      this.#on.background();
    } catch (error) {
      this.#on.error(error);
    } finally {
      this.#form.toggleAttribute('data-busy', false);
    }
  }

  /**
   * @param {string} id
   * @param {string} url
   */
  #add(id, url) {
    if (this.#choices.some(({ value }) => value === id)) return URL.revokeObjectURL(url);
    const choice = this.#addBackground(id, 'backgroundMine');
    choice.parentElement?.style.setProperty('--background', `center / cover url("${url}")`);
    this.#choices.push(choice);
  }
}
