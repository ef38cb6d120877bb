/**
 * The sessions, a card for each: how it is, how its stages are, and what can be done with it.
 *
 * In: the sessions of each look. Out: cards that stay the same elements for as long as their session
 * is there, so that the focus stays too; and what is pressed. Owns the list's cards.
 */

import { byId } from './elements.js';
import { bitrate, percent, UNKNOWN } from './operations_overview.js';

/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./strings.js').StringKey} StringKey */
/** @typedef {import('./operations_feed.js').WatchedSession} WatchedSession */
/** @typedef {import('./operations_feed.js').StageTimes} StageTimes */
/**
 * @typedef {{ interrupt: (sessionid: string) => void, end: (sessionid: string) => void,
 *   record: (sessionid: string, on: boolean) => void }} SessionWishes
 */

/** A stage whose bar is full, ms: a tick. */
const TICK_MS = 40;
/**
 * Stages whose time is no delay: ingest's counts from the request on, and grows with what is said;
 * features waits for the sound that it looks ahead to, and for room where faces are made ahead.
 * @type {Record<string, StringKey>}
 */
const NO_DELAY = { ingest: 'stageAsked', features: 'stageWaits' };
/** Part of the packets above which a loss is marked. */
const HEAVY_LOSS = 0.02;
/** How long "End" waits for the press that means it, ms. */
const SURE_MS = 4_000;

/** @type {Record<string, StringKey>} */
const STATES = { connecting: 'sessionConnecting', live: 'sessionLive', quiet: 'sessionQuiet' };
/** @type {Record<string, StringKey>} */
const DIALOGUE = {
  idle: 'sessionIdle',
  listening: 'dialogueListening',
  thinking: 'dialogueThinking',
  speaking: 'speaking',
};
/** @type {Record<string, StringKey>} */
const STAGES = {
  ingest: 'stageIngest',
  features: 'stageFeatures',
  inference: 'stageInference',
  compositor: 'stageCompositor',
  egress: 'stageEgress',
};
/** @type {[string, StringKey, (session: WatchedSession, age: string) => string][]} */
const FIGURES = [
  ['age', 'figureAge', (session, age) => age],
  ['picture', 'figurePicture', ({ picture_kbps: kbps }) => bitrate(kbps)],
  ['sound', 'figureSound', ({ sound_kbps: kbps }) => bitrate(kbps)],
  ['loss', 'figureLoss', ({ loss }) => percent(loss)],
  ['trip', 'figureTrip', ({ round_trip_ms: ms }) => (ms === null ? UNKNOWN : `${Math.round(ms)} ms`)],
  ['dropped', 'figureDropped', ({ dropped }) => (dropped === null ? UNKNOWN : String(dropped))],
];

/**
 * @param {string} tag
 * @param {string} [className]
 */
function made(tag, className = '') {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

/**
 * @param {string} className
 * @param {() => void} press
 */
function button(className, press) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = className;
  element.dataset.testid = className;
  element.addEventListener('click', press);
  return element;
}

/** @param {number} ms */
function short(ms) {
  return ms.toFixed(ms < 100 ? 1 : 0);
}

/** @param {number} seconds */
export function age(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [hours, ...rest] = parts.map((part) => String(part).padStart(2, '0'));
  return hours === '00' ? rest.join(':') : `${Number(hours)}:${rest.join(':')}`;
}

class SessionCard {
  element = made('li', 'card');
  #language;
  #wishes;
  #session;
  #title = made('h3');
  #state = made('p', 'state');
  #stateText = made('span');
  #id = made('p', 'session-id');
  /** @type {Map<string, { term: HTMLElement, value: HTMLElement }>} */
  #figures = new Map();
  #stages = made('ul', 'stage-times');
  #interrupt = button('interrupt-session', () => this.#wishes.interrupt(this.#session.sessionid));
  #record = button('record', () =>
    this.#wishes.record(this.#session.sessionid, !this.#session.recording),
  );
  #end = button('end-session', () => this.#pressEnd());
  #sure = 0;

  /**
   * @param {Language} language
   * @param {SessionWishes} wishes
   * @param {WatchedSession} session
   */
  constructor(language, wishes, session) {
    this.#language = language;
    this.#wishes = wishes;
    this.#session = session;
    const { sessionid } = session;
    this.element.dataset.session = sessionid;
    this.#title.id = `session-${sessionid}`;
    this.element.setAttribute('aria-labelledby', this.#title.id);
    this.#build();
    this.show(session);
  }

  #build() {
    const head = made('div', 'session-head');
    const dot = made('span', 'state-dot');
    dot.setAttribute('aria-hidden', 'true');
    this.#state.append(dot, this.#stateText);
    head.append(this.#title, this.#state, this.#id);
    const figures = made('dl', 'figures');
    for (const [name] of FIGURES) {
      const [box, term, value] = [made('div'), made('dt'), made('dd')];
      value.dataset.figure = name;
      box.append(term, value);
      figures.append(box);
      this.#figures.set(name, { term, value });
    }
    const buttons = made('div', 'session-buttons');
    buttons.append(this.#interrupt, this.#record, this.#end);
    this.element.append(head, figures, this.#stages, buttons);
  }

  /** @param {WatchedSession} session */
  show(session) {
    this.#session = session;
    const say = this.#language.translate.bind(this.#language);
    this.#title.textContent = session.avatar;
    this.#id.textContent = say('sessionIdAndEngine', { id: session.sessionid, engine: session.engine });
    const key = session.state === 'live' ? DIALOGUE[session.dialogue] : STATES[session.state];
    const words = key ? say(key) : session.state;
    this.#stateText.textContent = session.recording ? `${words} · ${say('recordingNow')}` : words;
    this.#state.dataset.state = session.state;
    this.#state.dataset.recording = String(session.recording);
    for (const [name, term, text] of FIGURES) {
      const figure = this.#figures.get(name);
      if (!figure) continue;
      figure.term.textContent = say(term);
      figure.value.textContent = text(session, age(session.seconds));
      figure.value.dataset.bad = String(name === 'loss' && (session.loss ?? 0) > HEAVY_LOSS);
    }
    this.#showStages(session.stages);
    this.#showButtons();
  }

  close() {
    clearTimeout(this.#sure);
    this.element.remove();
  }

  /** @param {StageTimes[]} stages */
  #showStages(stages) {
    const say = this.#language.translate.bind(this.#language);
    const rows = stages.map(({ stage, median, most }) => {
      const [row, name, bar, ms] = [made('li'), made('span'), made('b'), made('span', 'ms')];
      name.textContent = say(STAGES[stage] ?? 'stageEgress');
      bar.setAttribute('aria-hidden', 'true');
      if (stage in NO_DELAY) {
        row.append(name, ms);
        ms.textContent = say(NO_DELAY[stage], { median: short(median) });
        return row;
      }
      row.append(name, bar, ms);
      for (const [time, className] of /** @type {[number, string][]} */ ([[most, 'most'], [median, '']])) {
        const part = made('i', className);
        part.style.width = `${Math.min(100, (time / TICK_MS) * 100)}%`;
        bar.append(part);
      }
      ms.textContent = say('stageMs', { median: short(median), most: short(most) });
      return row;
    });
    this.#stages.setAttribute('aria-label', say('stagesLabel'));
    this.#stages.replaceChildren(...rows);
  }

  #showButtons() {
    const say = this.#language.translate.bind(this.#language);
    const { recording, speaking, sessionid, avatar } = this.#session;
    this.#interrupt.textContent = say('interrupt');
    this.#interrupt.disabled = !speaking;
    this.#record.textContent = say(recording ? 'recordStop' : 'recordStart');
    this.#record.setAttribute('aria-pressed', String(recording));
    this.#end.textContent = say(this.#sure ? 'endSure' : 'endSession');
    this.#end.dataset.sure = String(this.#sure !== 0);
    for (const one of [this.#interrupt, this.#record, this.#end]) {
      one.setAttribute('aria-label', `${one.textContent}: ${avatar}, ${sessionid}`);
    }
  }

  /** Ends the session at the second press, since that cannot be undone. */
  #pressEnd() {
    if (this.#sure) {
      this.#wishes.end(this.#session.sessionid);
      return;
    }
    this.#sure = setTimeout(() => {
      this.#sure = 0;
      this.#showButtons();
    }, SURE_MS);
    this.#showButtons();
  }
}

export class SessionCards {
  #language;
  #wishes;
  #list = byId('sessions', HTMLUListElement);
  #none = byId('no-sessions', HTMLElement);
  /** @type {Map<string, SessionCard>} */
  #cards = new Map();
  /** @type {WatchedSession[]} */
  #last = [];

  /**
   * @param {Language} language
   * @param {SessionWishes} wishes
   */
  constructor(language, wishes) {
    this.#language = language;
    this.#wishes = wishes;
    language.addEventListener('change', () => this.#last.length > 0 && this.show(this.#last));
  }

  /** @param {WatchedSession[]} sessions */
  show(sessions) {
    this.#last = sessions;
    const there = new Set(sessions.map(({ sessionid }) => sessionid));
    for (const [sessionid, card] of this.#cards) {
      if (there.has(sessionid)) continue;
      card.close();
      this.#cards.delete(sessionid);
    }
    for (const session of sessions) {
      const card = this.#cards.get(session.sessionid);
      if (card) card.show(session);
      else this.#add(session);
    }
    this.#none.hidden = sessions.length > 0;
  }

  /** @param {WatchedSession} session */
  #add(session) {
    const card = new SessionCard(this.#language, this.#wishes, session);
    this.#cards.set(session.sessionid, card);
    this.#list.append(card.element);
  }
}
