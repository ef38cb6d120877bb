/**
 * When a tick that has left the server is heard here: the clock that captions follow.
 *
 * In: events that leave the server together with the sound of their tick, the packet that is
 * sounding (getSynchronizationSources), and the sound's mean time in the jitter buffer. Out:
 * the instant, on the clock of `performance.now()`, at which a tick is heard.
 *
 * A tick's sound has RTP time origin + tick x 1920 (RFC 7587: 48 kHz). The origin is not
 * told, but is learned: an event travels beside its packet, so when it arrives, its tick will
 * sound one buffer later. Events can only be late, not early, so the lower quartile of what
 * the newest ones say is kept. After that the RTP clock decides, not the event's arrival: an
 * event that was held up on the way (a lost packet, the HTTP stream) is shown at its sound
 * all the same, or at once if that is past. One for each connection; owns nothing else.
 */

/** RTP time of a ms, and of a tick of 40 ms. */
const PER_MS = 48;
const PER_TICK = 1_920;
const WRAP = 2 ** 32;
const KEEP = 16;
/** Before the first report of the jitter buffer. */
const USUAL_BUFFER_MS = 60;
/** A clock that is this far from the arrival is wrong: it is learned anew. */
const MAX_OFFSET_MS = 3_000;

/**
 * @typedef {object} PlayingPacket
 * @property {number} rtp RTP time of the packet that is sounding
 * @property {number} at when it began to, ms
 */

/** @param {number} difference of two RTP times, the shorter way around */
function signed(difference) {
  return ((((difference + WRAP / 2) % WRAP) + WRAP) % WRAP) - WRAP / 2;
}

/**
 * The packet that is sounding.
 * @param {RTCRtpReceiver} receiver
 * @param {number} now ms
 * @returns {PlayingPacket | null} null where the browser does not tell
 */
export function playingPacket(receiver, now) {
  const [source] = receiver.getSynchronizationSources?.() ?? [];
  if (!source || typeof source.rtpTimestamp !== 'number') return null;
  const since = performance.timeOrigin + now - source.timestamp;
  return { rtp: source.rtpTimestamp, at: since >= 0 && since < 1_000 ? now - since : now };
}

export class Playout {
  #bufferMs = USUAL_BUFFER_MS;
  #outputMs = 0;
  /** The first origin that was learned, and how far the newest are from it, in RTP time. */
  #origin = 0;
  /** @type {number[]} */
  #shifts = [];

  /**
   * @param {number | null} bufferMs mean time in the jitter buffer of late; null: not known
   * @param {number} outputMs from the browser to the loudspeaker
   */
  measured(bufferMs, outputMs) {
    if (bufferMs !== null) this.#bufferMs = bufferMs;
    this.#outputMs = outputMs;
  }

  /** From a packet's arrival until it is heard, ms. */
  get delay() {
    return this.#bufferMs + this.#outputMs;
  }

  /**
   * Learns from an event that came directly from the server.
   * @param {number} tick with which it left
   * @param {number} now when it arrived, ms
   * @param {PlayingPacket | null} source
   */
  learn(tick, now, source) {
    if (!source) return;
    const then = source.rtp + (now + this.#bufferMs - source.at) * PER_MS;
    const origin = then - tick * PER_TICK;
    if (this.#shifts.length === 0) this.#origin = origin;
    this.#shifts.push(signed(origin - this.#origin));
    if (this.#shifts.length > KEEP) this.#shifts.shift();
  }

  /**
   * When a tick is heard.
   * @param {number} tick
   * @param {number} now ms
   * @param {PlayingPacket | null} source
   * @returns {number} ms; in the past if it was heard already
   */
  heardAt(tick, now, source) {
    if (!source || this.#shifts.length === 0) return now + this.delay;
    const sorted = [...this.#shifts].sort((a, b) => a - b);
    const origin = this.#origin + sorted[(sorted.length - 1) >> 2];
    const playing = source.rtp + (now - source.at) * PER_MS;
    const ahead = signed(origin + tick * PER_TICK - playing) / PER_MS;
    if (Math.abs(ahead) < MAX_OFFSET_MS) return now + ahead + this.#outputMs;
    if (ahead > 0) this.#shifts = [];
    return ahead > 0 ? now + this.delay : now;
  }
}
