/**
 * The settings in force, name by name.
 *
 * In: the server's settings, in which secrets are hidden already. Out: rows of a table, or no section
 * where the server does not tell them. Owns its rows.
 */

import * as api from './api.js';
import { byId } from './elements.js';
import { UNKNOWN } from './operations_overview.js';

/**
 * What is nested as names with dots.
 * @param {unknown} value
 * @param {string} [name]
 * @returns {[string, string][]}
 */
export function flattened(value, name = '') {
  if (value === null || value === undefined || value === '') return [[name, '']];
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) {
    return [[name, value.join(', ')]];
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, inner]) =>
      flattened(inner, name === '' ? key : `${name}.${key}`),
    );
  }
  return [[name, String(value)]];
}

export class SettingsTable {
  #section = byId('settings-section', HTMLElement);
  #rows = byId('settings', HTMLTableSectionElement);

  async load() {
    try {
      this.#show(await api.settings());
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error; // else the section stays away
    }
  }

  /** @param {object} settings */
  #show(settings) {
    for (const [name, value] of flattened(settings)) {
      const row = this.#rows.insertRow();
      const head = document.createElement('th');
      head.scope = 'row';
      head.textContent = name;
      row.append(head);
      const cell = row.insertCell();
      cell.textContent = value || UNKNOWN;
      cell.classList.toggle('empty', value === '');
    }
    this.#section.hidden = false;
  }
}
