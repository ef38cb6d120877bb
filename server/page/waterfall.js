/**
 * Where the time of a spoken tick goes inside the server, stage by stage, right now.
 *
 * In: GET /latency, once a second while the details are open and a session is live. Out: one bar
 * a stage: how long a tick waited for it, and how long the stage had it. Owns #waterfall.
 */

import { byId } from './elements.js';

/** @typedef {{ stage: string, wait: number, work: number }} Step */

const SECONDS = 5;
const NARROWEST = 0.5;

/**
 * @param {string} kind
 * @param {number} ms
 * @param {number} whole
 */
function bar(kind, ms, whole) {
  const part = document.createElement('i');
  part.className = kind;
  part.style.setProperty('width', `${Math.max(NARROWEST, (100 * ms) / whole)}%`);
  return part;
}

export class Waterfall {
  #list = byId('waterfall', HTMLElement);
  #details = byId('details', HTMLDetailsElement);
  #asking = false;

  /** Ask and draw, unless nobody looks; an answer that does not come leaves the last picture. */
  async refresh() {
    if (!this.#details.open || this.#asking) return;
    this.#asking = true;
    try {
      const response = await fetch(new URL(`latency?seconds=${SECONDS}`, document.baseURI));
      if (response.ok) this.#render((await response.json()).data ?? []);
    } catch {
      this.#list.replaceChildren();
    } finally {
      this.#asking = false;
    }
  }

  /** @param {Step[]} steps */
  #render(steps) {
    const whole = Math.max(1, ...steps.map(({ wait, work }) => wait + work));
    this.#list.replaceChildren(
      ...steps.map(({ stage, wait, work }) => {
        const row = document.createElement('li');
        const name = document.createElement('span');
        const track = document.createElement('b');
        const value = document.createElement('span');
        name.textContent = stage;
        value.textContent = `${(wait + work).toFixed(1)} ms`;
        track.append(bar('wait', wait, whole), bar('work', work, whole));
        row.append(name, track, value);
        return row;
      }),
    );
  }
}
