/**
 * The service as a whole: its figures in four tiles, and its actors in a table.
 *
 * In: a look at the service. Out: text in the tiles and rows in the table. Owns their contents.
 */

import { byId } from './elements.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./operations_feed.js').Operations} Operations */
/** @typedef {import('./operations_feed.js').WatchedActor} WatchedActor */

/** What is not known. */
export const UNKNOWN = '–';

/** @param {number | null} kbps */
export function bitrate(kbps) {
  if (kbps === null) return UNKNOWN;
  return kbps >= 1000 ? `${(kbps / 1000).toFixed(2)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
}

/** @param {number | null} part */
export function percent(part) {
  return part === null ? UNKNOWN : `${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`;
}

export class Summary {
  #language;
  #sessions = byId('summary-sessions', HTMLElement);
  #ready = byId('summary-ready', HTMLElement);
  #bitrate = byId('summary-bitrate', HTMLElement);
  #loss = byId('summary-loss', HTMLElement);
  /** @type {Operations | null} */
  #last = null;

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    language.addEventListener('change', () => this.#last && this.show(this.#last));
  }

  /** @param {Operations} operations */
  show(operations) {
    this.#last = operations;
    const { sessions, capacity, ready, lacking } = operations;
    this.#sessions.textContent = `${sessions.length} / ${capacity}`;
    this.#ready.textContent = lacking || this.#language.translate(ready ? 'yes' : 'no');
    this.#ready.dataset.good = String(ready);
    const known = sessions.filter(({ picture_kbps: kbps }) => kbps !== null);
    const sum = known.reduce((all, one) => all + (one.picture_kbps ?? 0) + (one.sound_kbps ?? 0), 0);
    this.#bitrate.textContent = bitrate(known.length > 0 ? sum : null);
    const losses = sessions.map(({ loss }) => loss).filter((loss) => loss !== null);
    this.#loss.textContent = percent(losses.length > 0 ? Math.max(...losses) : null);
  }
}

export class ActorTable {
  #language;
  #rows = byId('actors', HTMLTableSectionElement);
  /** @type {WatchedActor[]} */
  #last = [];

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    language.addEventListener('change', () => this.show(this.#last));
  }

  /** @param {WatchedActor[]} actors */
  show(actors) {
    this.#last = actors;
    while (this.#rows.rows.length > actors.length) this.#rows.deleteRow(-1);
    actors.forEach((actor, place) => this.#showRow(actor, this.#rows.rows[place] ?? this.#addRow()));
  }

  #addRow() {
    const row = this.#rows.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    row.append(name, ...Array.from({ length: 3 }, () => document.createElement('td')));
    return row;
  }

  /**
   * @param {WatchedActor} actor
   * @param {HTMLTableRowElement} row
   */
  #showRow({ actor, state, pid, restarts }, row) {
    const [name, stateCell, process, count] = row.cells;
    name.textContent = actor;
    const ready = state === 'ready';
    stateCell.textContent = this.#language.translate(ready ? 'actorReady' : 'actorStarting');
    stateCell.dataset.good = String(ready);
    process.textContent = pid === null ? UNKNOWN : String(pid);
    count.textContent = String(restarts);
    count.dataset.good = String(restarts === 0);
  }
}
