/**
 * What the server tells of a call, shown: captions at their sound, the state, the transcript,
 * the time that an answer took.
 *
 * In: the connection of the moment, and what is heard and measured on it. Out: changes of the
 * page. What belongs to a sound waits until that is heard; the rest is shown at once. Owns
 * the way on which events come, and what waits to be shown.
 */

import { Answer } from './turn_timing.js';
import { Caption } from './caption.js';
import { Follow } from './event_source.js';
import { Mood } from './state.js';
import { Playout, sounding } from './playout.js';
import { Schedule } from './schedule.js';
import { Sentence } from './sentence.js';
import { Transcript } from './transcript.js';

/** @typedef {import('./connection_stats.js').Figures} Figures */
/** @typedef {import('./event_order.js').CallEvent} CallEvent */
/** @typedef {import('./language.js').Language} Language */
/** @typedef {import('./state.js').Shown} Shown */
/** @typedef {import('./peer.js').Peer} Peer */

const TICK_MS = 40;

export class Conversation {
  /** What was said. */
  transcript;
  #onMood;
  #onProblem;
  #answer;
  #caption = new Caption();
  #mood = new Mood();
  #schedule = new Schedule((event) => this.#show(event));
  #playout = new Playout();
  /** @type {Follow | null} */
  #follow = null;
  #sentence = new Sentence('');
  #utterance = 0;
  /** When the newest event that waits for its sound is shown: the next is not shown before. */
  #lastDue = 0;
  /** @type {number | null} */
  #wireMs = null;

  /**
   * @param {Language} language
   * @param {(shown: Shown) => void} onMood
   * @param {(text: string) => void} onProblem the server's words for what went wrong
   */
  constructor(language, onMood, onProblem) {
    this.#onMood = onMood;
    this.#onProblem = onProblem;
    this.#answer = new Answer(language);
    this.transcript = new Transcript(language);
  }

  /** @param {Peer} peer that is live */
  join(peer) {
    this.leave();
    this.#playout = new Playout();
    this.#lastDue = 0;
    this.#follow = new Follow(peer.events, peer.sessionid, (event, straight) =>
      this.#take(peer, event, straight),
    );
  }

  /** The connection is lost or over: what was to be heard will not be. */
  leave() {
    this.#follow?.close();
    this.#follow = null;
    this.#schedule.clear();
    this.#mood.forget();
    this.#caption.clear();
    this.#onMood(this.#mood.shown);
  }

  /** A new call begins: what was said in the last one goes. */
  clear() {
    this.transcript.clear();
    this.#answer.clear();
  }

  /** @param {boolean} speaking whether the face is heard */
  hear(speaking) {
    if (this.#mood.speaking === speaking) return;
    this.#mood.speaking = speaking;
    this.#onMood(this.#mood.shown);
  }

  /**
   * @param {Figures} figures
   * @param {number} outputMs from the browser to the loudspeaker
   */
  measured({ soundBufferMs, roundTripMs }, outputMs) {
    this.#playout.measured(soundBufferMs, outputMs);
    this.#wireMs = roundTripMs === null ? null : roundTripMs / 2 + this.#playout.delay;
  }

  /**
   * @param {Peer} peer
   * @param {CallEvent} event
   * @param {boolean} straight
   */
  #take(peer, event, straight) {
    const now = performance.now();
    const due = this.#due(peer, event, straight, now);
    if (due !== null) this.#lastDue = Math.max(this.#lastDue, due);
    this.#schedule.add(event, due === null ? now : this.#lastDue);
  }

  /**
   * When the sound of an event is heard; null of one that has none.
   * @param {Peer} peer
   * @param {CallEvent} event
   * @param {boolean} straight
   * @param {number} now ms
   */
  #due(peer, event, straight, now) {
    if (typeof event.tick === 'number') {
      const source = sounding(peer.sound, now);
      if (straight) this.#playout.learn(event.tick, now, source);
      const within = event.status === 'word' ? (event.start_ms ?? 0) % TICK_MS : 0;
      return this.#playout.heardAt(event.tick, now, source) + within;
    }
    const ofSound = event.state === 'speaking' || event.state === 'idle';
    return ofSound ? now + this.#playout.delay : null;
  }

  /** @param {CallEvent} event whose time has come */
  #show(event) {
    const { utterance = 0, text = '', start_ms = 0, end_ms = 0 } = event;
    switch (event.status) {
      case 'state':
        this.#mood.enter(event.id, event.state ?? '');
        this.#caption.hold(this.#mood.shown === 'held');
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
        this.#answer.show(event.ms ?? {}, this.#wireMs);
        break;
      case 'error':
        this.#onProblem(text);
        break;
      default: // start, which the state tells too, and what later servers may add
    }
    this.#onMood(this.#mood.shown);
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
    this.#sentence.light(text, startMs);
    this.#caption.say(this.#sentence);
  }

  /** @param {boolean} held */
  #hold(held) {
    if (held) this.#mood.hold();
    else this.#mood.release();
    this.#caption.hold(held);
  }

  /**
   * @param {number} utterance
   * @param {boolean} cut
   */
  #stop(utterance, cut) {
    this.#hold(false);
    if (utterance !== this.#utterance) return;
    if (cut) {
      this.#caption.cut(this.#sentence);
      this.transcript.cut(utterance, this.#sentence);
    } else {
      this.#sentence.finish();
      this.#caption.say(this.#sentence);
      this.#caption.end();
    }
    this.#utterance = 0;
  }
}
