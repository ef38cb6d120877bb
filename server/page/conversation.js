/**
 * What the server tells of a session, shown: captions at their sound, the state, the transcript,
 * the time that an answer took.
 *
 * In: the connection of the moment, and what is heard and measured on it. Out: changes of the
 * page. What belongs to a sound waits until that is heard; the rest is shown at once. Owns
 * the way on which events come, and what waits to be shown.
 */

import { TurnTiming } from './turn_timing.js';
import { Caption } from './caption.js';
import { SessionEvents } from './session_events.js';
import { DialogueState } from './dialogue_state.js';
import { Playout, playingPacket } from './playout.js';
import { Schedule } from './schedule.js';
import { Sentence } from './sentence.js';
import { Transcript } from './transcript.js';

/** @typedef {import('./connection_stats.js').ConnectionStats} ConnectionStats */
/** @typedef {import('./event_order.js').SessionEvent} SessionEvent */
/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./dialogue_state.js').DialogueStateName} DialogueStateName */
/** @typedef {import('./peer.js').Peer} Peer */

const TICK_MS = 40;

export class Conversation {
  /** What was said. */
  transcript;
  #on;
  #turnTiming;
  #caption = new Caption();
  #state = new DialogueState();
  #schedule = new Schedule((event) => this.#show(event));
  #playout = new Playout();
  /** @type {SessionEvents | null} */
  #events = null;
  #sentence = new Sentence('');
  #utterance = 0;
  /** When the newest event that waits for its sound is shown: the next is not shown before. */
  #lastDue = 0;
  /** @type {number | null} */
  #deliveryMs = null;

  /**
   * @param {Language} language
   * @param {{ state: (state: DialogueStateName) => void, error: (text: string) => void,
   *   recording: (event: SessionEvent) => void }} on error: the server's words for what went
   *   wrong; recording: what is told of the session's
   */
  constructor(language, on) {
    this.#on = on;
    this.#turnTiming = new TurnTiming(language);
    this.transcript = new Transcript(language);
  }

  /** @param {Peer} peer that is live */
  join(peer) {
    this.leave();
    this.#playout = new Playout();
    this.#lastDue = 0;
    this.#events = new SessionEvents(peer.events, peer.sessionid, (event, direct) =>
      this.#receive(peer, event, direct),
    );
  }

  /** The connection is lost or over: what was to be heard will not be. */
  leave() {
    this.#events?.close();
    this.#events = null;
    this.#schedule.clear();
    this.#state.reset();
    this.#caption.clear();
    this.#on.state(this.#state.shown);
  }

  /** A new session begins: what was said in the last one goes. */
  clear() {
    this.transcript.clear();
    this.#turnTiming.clear();
  }

  /** @param {boolean} speaking whether the face is heard */
  hear(speaking) {
    if (this.#state.speaking === speaking) return;
    this.#state.speaking = speaking;
    this.#on.state(this.#state.shown);
  }

  /**
   * @param {ConnectionStats} stats
   * @param {number} outputMs from the browser to the loudspeaker
   */
  measured({ soundBufferMs, roundTripMs }, outputMs) {
    this.#playout.measured(soundBufferMs, outputMs);
    this.#deliveryMs = roundTripMs === null ? null : roundTripMs / 2 + this.#playout.delay;
  }

  /**
   * @param {Peer} peer
   * @param {SessionEvent} event
   * @param {boolean} direct
   */
  #receive(peer, event, direct) {
    const now = performance.now();
    const due = this.#due(peer, event, direct, now);
    if (due !== null) this.#lastDue = Math.max(this.#lastDue, due);
    this.#schedule.add(event, due === null ? now : this.#lastDue);
  }

  /**
   * When the sound of an event is heard; null of one that has none.
   * @param {Peer} peer
   * @param {SessionEvent} event
   * @param {boolean} direct
   * @param {number} now ms
   */
  #due(peer, event, direct, now) {
    if (typeof event.tick === 'number') {
      const packet = playingPacket(peer.audioReceiver, now);
      if (direct) this.#playout.learn(event.tick, now, packet);
      const within = event.status === 'word' ? (event.start_ms ?? 0) % TICK_MS : 0;
      return this.#playout.heardAt(event.tick, now, packet) + within;
    }
    const ofSound = event.state === 'speaking' || event.state === 'idle';
    return ofSound ? now + this.#playout.delay : null;
  }

  /** @param {SessionEvent} event whose time has come */
  #show(event) {
    const { utterance = 0, text = '', start_ms = 0, end_ms = 0 } = event;
    switch (event.status) {
      case 'state':
        this.#state.enter(event.id, event.state ?? '');
        this.#caption.hold(this.#state.shown === 'held');
        break;
      case 'sentence':
        this.#begin(utterance, new Sentence(text, start_ms, end_ms));
        break;
      case 'word':
        this.#word(utterance, text, start_ms);
        break;
      case 'end':
      case 'interrupted':
        this.#stop(utterance, event.status === 'interrupted');
        break;
      case 'held':
      case 'resumed':
        this.#hold(event.status === 'held');
        break;
      case 'transcript':
        this.#caption.hear(text, event.final === true);
        this.transcript.hear(text, event.final === true);
        break;
      case 'turn':
        this.#turnTiming.show(event.ms ?? {}, event.steps ?? null, this.#deliveryMs);
        break;
      case 'error':
        this.#on.error(text);
        break;
      case 'recording':
        this.#on.recording(event);
        break;
      default: // start, which the state tells too, and what later servers may add
    }
    this.#on.state(this.#state.shown);
    document.dispatchEvent(new CustomEvent('ringtalk:event', { detail: event }));
  }

  /**
   * @param {number} utterance
   * @param {Sentence} sentence
   */
  #begin(utterance, sentence) {
    this.#utterance = utterance;
    this.#sentence = sentence;
    this.#caption.say(sentence);
    this.transcript.say(utterance, sentence);
  }

  /**
   * @param {number} utterance
   * @param {string} text
   * @param {number} startMs
   */
  #word(utterance, text, startMs) {
    if (utterance !== this.#utterance) return;
    this.#sentence.highlight(text, startMs);
    this.#caption.say(this.#sentence);
  }

  /** @param {boolean} held */
  #hold(held) {
    if (held) this.#state.hold();
    else this.#state.release();
    this.#caption.hold(held);
  }

  /**
   * @param {number} utterance
   * @param {boolean} interrupted
   */
  #stop(utterance, interrupted) {
    this.#hold(false);
    if (utterance !== this.#utterance) return;
    if (interrupted) {
      this.#caption.interrupted(this.#sentence);
      this.transcript.interrupted(utterance, this.#sentence);
    } else {
      this.#sentence.finish();
      this.#caption.say(this.#sentence);
      this.#caption.end();
    }
    this.#utterance = 0;
  }
}
