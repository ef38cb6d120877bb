/**
 * What is being made: one row for each task, as the server tells of it.
 *
 * In: the server's events. Out: rows with progress, a word to screen readers at each change of
 * status, and word of each avatar that was made. Owns #tasks and the event stream.
 */

import { byId } from './elements.js';
import { pictureOf } from './avatars_api.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./avatars_api.js').Task} Task */
/** @typedef {import('./strings.js').StringKey} StringKey */

/** @type {Record<string, StringKey>} */
const STEPS = {
  'finding the face': 'stepFinding',
  'cutting the face': 'stepCutting',
  'encoding the face': 'stepEncoding',
  'keeping the frames': 'stepKeeping',
  'moving the mouth': 'stepMouth',
  'moving the head': 'stepHead',
  saving: 'stepSaving',
};
/** @type {Record<string, StringKey>} */
const STATES = { pending: 'taskPending', completed: 'taskCompleted', failed: 'taskFailed' };

export class AvatarTasks {
  #language;
  #on;
  #list = byId('task-list', HTMLElement);
  /** The newest last. @type {Map<string, Task>} */
  #tasks = new Map();
  /** What was known before the stream began anew. @type {Map<string, Task>} */
  #before = new Map();
  /** Those that were seen before they ended, and not hidden since. @type {Set<string>} */
  #shown = new Set();
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();

  /**
   * @param {Language} language
   * @param {{ made: (name: string) => void, cancel: (task: string) => void }} on
   */
  constructor(language, on) {
    this.#language = language;
    this.#on = on;
    language.addEventListener('change', () => this.#renderAll());
  }

  /** Follows the server until the page goes; the browser connects again by itself. */
  follow() {
    const source = new EventSource(new URL('api/avatar/tasks/events', document.baseURI));
    source.addEventListener('open', () => this.#begin());
    source.addEventListener('message', ({ data }) => this.#hear(JSON.parse(data)));
    addEventListener('pagehide', () => source.close());
    addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  }

  /** All tasks are told anew. */
  #begin() {
    this.#before = this.#tasks;
    this.#tasks = new Map();
    this.#renderAll();
  }

  /** @param {Task} task */
  #hear(task) {
    const before = this.#tasks.get(task.task_id) ?? this.#before.get(task.task_id);
    if (task.status === 'pending' || task.status === 'running') this.#shown.add(task.task_id);
    if (task.status === 'deleted') this.#tasks.delete(task.task_id);
    else this.#tasks.set(task.task_id, task);
    const changed = before !== undefined && before.status !== task.status;
    if (changed) this.#say(task);
    if (changed && task.status === 'completed') this.#on.made(task.avatar_id);
    if (this.#rows.has(task.task_id) && this.#tasks.has(task.task_id)) this.#render(task);
    else this.#renderAll();
  }

  /** @param {Task} task */
  #say(task) {
    byId('tasks-said', HTMLElement).textContent = `${task.avatar_id}: ${this.#state(task)}`;
  }

  #renderAll() {
    const shown = [...this.#tasks.values()].filter(({ task_id }) => this.#shown.has(task_id));
    this.#rows = new Map(shown.map(({ task_id }) => [task_id, document.createElement('li')]));
    this.#list.replaceChildren(...[...this.#rows.values()].reverse());
    for (const task of shown) this.#render(task);
    byId('tasks', HTMLElement).hidden = shown.length === 0;
  }

  /** @param {Task} task */
  #render(task) {
    const row = this.#rows.get(task.task_id);
    if (!row) return;
    if (row.dataset.status !== task.status || !row.hasChildNodes()) this.#build(row, task);
    const bar = row.querySelector('progress');
    if (bar) bar.value = task.progress;
    const state = row.querySelector('.task-state');
    if (state) state.textContent = this.#state(task);
  }

  /**
   * @param {HTMLElement} row
   * @param {Task} task
   */
  #build(row, task) {
    const focused = row.contains(document.activeElement);
    row.dataset.status = task.status;
    row.dataset.task = task.task_id;
    const top = element('div', 'task-top');
    top.append(element('span', 'task-name', task.avatar_id), this.#button(task));
    row.replaceChildren(top);
    if (task.status === 'running') {
      const bar = document.createElement('progress');
      bar.max = 100;
      bar.setAttribute('aria-label', task.avatar_id);
      row.append(bar);
    }
    row.append(element('p', 'task-state'));
    if (task.status === 'failed') {
      const why = element('p', 'task-why', task.error_msg);
      why.lang = 'en';
      row.append(why);
    }
    if (task.status === 'completed' && task.engine === 'builtin') row.append(this.#preview(task.avatar_id));
    if (focused) row.querySelector('button')?.focus();
  }

  /**
   * Two seconds of it in speech, as avatars of the engine builtin have.
   * @param {string} name
   */
  #preview(name) {
    const video = document.createElement('video');
    video.className = 'task-preview';
    video.controls = true;
    video.playsInline = true;
    video.preload = 'metadata';
    video.setAttribute('aria-label', this.#language.translate('previewOf', { name }));
    video.addEventListener('error', () => video.remove());
    video.src = pictureOf(name, 'preview', Date.now());
    return video;
  }

  /** @param {Task} task */
  #button(task) {
    const ended = task.status === 'completed' || task.status === 'failed';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'small';
    button.textContent = this.#language.translate(ended ? 'dismissTask' : 'cancel');
    button.setAttribute('aria-label', `${button.textContent}: ${task.avatar_id}`);
    button.addEventListener('click', () => {
      if (!ended) return this.#on.cancel(task.task_id);
      this.#shown.delete(task.task_id);
      this.#renderAll();
    });
    return button;
  }

  /** @param {Task} task */
  #state(task) {
    if (task.status !== 'running') return this.#language.translate(STATES[task.status] ?? 'taskFailed');
    const step = this.#language.translate(STEPS[task.step] ?? 'stepStarting');
    return this.#language.translate('taskRunning', { step, percent: task.progress });
  }
}

/**
 * @param {string} kind
 * @param {string} name
 * @param {string} [text]
 */
function element(kind, name, text = '') {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  return made;
}
