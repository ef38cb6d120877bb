/**
 * Who is shown, and in front of what: chosen before a call or during one.
 *
 * In: the server's avatars, presses, a picture of the user's own. Out: the look that is wanted,
 * and word of every change. Owns #looks and the pictures' object URLs.
 */

import * as api from './api.js';
import { byId } from './elements.js';
import { shrunk } from './background_picture.js';

/** @typedef {import('./api.js').Avatar} Avatar */
/** @typedef {import('./api.js').Look} Look */
/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** The avatar's own first. @type {[string, StringKey][]} */
const WALLS = [
  ['', 'wallOwn'],
  ['#e6eaee', 'wallLight'],
  ['#cfa983', 'wallWarm'],
  ['#204060', 'wallBlue'],
  ['#00a650', 'wallGreen'],
  ['#14181d', 'wallDark'],
];
/** How the server names the framings of its own people. @type {Record<string, StringKey>} */
const FRAMINGS = { landscape: 'whoWide', portrait: 'whoTall' };
/** An avatar that has to be prepared first takes the server some seconds. */
const PREPARE_MS = 90_000;
/** Answers to an offer that speak of what is wanted behind the person. */
const ABOUT_WALLS = [404, 409, 422];

export class Looks {
  #language;
  #on;
  #form = byId('looks', HTMLFormElement);
  #who = byId('who', HTMLSelectElement);
  #walls = byId('walls', HTMLFieldSetElement);
  #file = byId('wall-file', HTMLInputElement);
  /** @type {Avatar[]} */
  #avatars = [];
  /** @type {HTMLInputElement[]} */
  #choices = [];

  /**
   * @param {Language} language
   * @param {{ avatar: () => void, wall: () => void, problem: (error: unknown) => void }} on
   */
  constructor(language, on) {
    this.#language = language;
    this.#on = on;
    this.#choices = WALLS.map(([value, words]) => this.#addWall(value, words));
    this.#choose('');
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#who.addEventListener('change', () => {
      this.#fit();
      on.avatar();
    });
    this.#walls.addEventListener('change', ({ target }) => {
      if (target !== this.#file) on.wall();
    });
    this.#file.addEventListener('change', () => void this.#bring());
    language.addEventListener('change', () => this.#put());
  }

  /** Asks who can be shown, if that is not known; without an answer there is no choice. */
  async load() {
    if (this.#avatars.length > 0) return;
    try {
      const avatars = await api.avatars();
      this.#avatars = avatars.filter(({ broken }) => broken === '');
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
    }
    this.#put();
  }

  /** What is wanted now. @returns {Look} */
  get wanted() {
    const avatar = this.#avatar;
    const patience = avatar && !avatar.prepared ? PREPARE_MS : undefined;
    const background = avatar?.replaceable ? this.#wall : '';
    return { avatar: avatar?.name ?? null, background, patience };
  }

  /** It has been seen: the next time takes no preparing. @param {Look} look */
  shown(look) {
    for (const avatar of this.#avatars) if (avatar.name === look.avatar) avatar.prepared = true;
  }

  /**
   * Goes back to the avatar's own background if it may be why a call was refused.
   * @param {unknown} error
   */
  refused(error) {
    const about = error instanceof api.ApiError && ABOUT_WALLS.includes(error.status);
    if (!about || this.wanted.background === '') return false;
    this.back('');
    return true;
  }

  /** Shows this background as chosen, and tells nobody. @param {string} wall */
  back(wall) {
    this.#choose(this.#choices.some(({ value }) => value === wall) ? wall : '');
  }

  get #avatar() {
    return this.#avatars.find(({ name }) => name === this.#who.value);
  }

  get #wall() {
    return this.#choices.find(({ checked }) => checked)?.value ?? '';
  }

  /** @param {string} wall */
  #choose(wall) {
    for (const choice of this.#choices) choice.checked = choice.value === wall;
  }

  #put() {
    this.#form.hidden = this.#avatars.length === 0;
    const before = this.#avatar ?? this.#avatars.find((avatar) => avatar.default);
    const options = this.#avatars.map(({ name }) => new Option(this.#called(name), name));
    this.#who.replaceChildren(...options);
    if (before) this.#who.value = before.name;
    for (const choice of this.#choices) this.#name(choice);
    this.#fit();
  }

  /** Only some avatars can stand in front of something else. */
  #fit() {
    const fixed = this.#avatar?.replaceable === false;
    this.#walls.disabled = fixed;
    this.#walls.title = fixed ? this.#language.say('wallFixed') : '';
  }

  /** @param {string} name */
  #called(name) {
    const [person, framing, ...more] = name.split('-');
    const words = more.length === 0 && framing !== undefined ? FRAMINGS[framing] : undefined;
    const plain = framing === undefined || words ? person : name;
    const called = plain.charAt(0).toUpperCase() + plain.slice(1);
    return words ? this.#language.say(words, { name: called }) : called;
  }

  /**
   * @param {string} value
   * @param {StringKey} words
   */
  #addWall(value, words) {
    const choice = document.createElement('input');
    Object.assign(choice, { type: 'radio', name: 'wall', value });
    choice.dataset.words = words;
    const label = document.createElement('label');
    label.className = value === '' ? 'wall own' : 'wall';
    if (value.startsWith('#')) label.style.setProperty('--wall', value);
    label.append(choice);
    this.#file.before(label);
    this.#name(choice);
    return choice;
  }

  /** @param {HTMLInputElement} choice */
  #name(choice) {
    const words = this.#language.say(/** @type {StringKey} */ (choice.dataset.words));
    choice.setAttribute('aria-label', words);
    choice.parentElement?.setAttribute('title', words);
  }

  /** A picture of the user's own: made small, sent, and chosen. */
  async #bring() {
    const [file] = this.#file.files ?? [];
    this.#file.value = ''; // the same file may be chosen again
    if (!file) return;
    this.#form.toggleAttribute('data-busy', true);
    try {
      const picture = await shrunk(file);
      const id = await api.keepBackground(picture);
      this.#add(id, URL.createObjectURL(picture));
      this.#choose(id);
      this.#on.wall();
    } catch (error) {
      this.#on.problem(error);
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
    const choice = this.#addWall(id, 'wallMine');
    choice.parentElement?.style.setProperty('--wall', `center / cover url("${url}")`);
    this.#choices.push(choice);
  }
}
