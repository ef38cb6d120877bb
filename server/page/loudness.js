/**
 * Hears when the face's sound begins and ends, on the clock of `performance.now()`.
 *
 * In: the receiver of the session's sound. Out: a `LevelReading` about fifty times a second. Each
 * reading scans only the samples that are new since the last one, so an edge is placed by its
 * sample, not by the timer. An AnalyserNode rather than an AudioWorklet, because worklets
 * exist only in secure contexts and this page is also opened by LAN address over HTTP.
 * (Chromium feeds remote sound to Web Audio only while a media element plays it.) Where Web
 * Audio does not run, as in Firefox on a machine without a sound card, the receiver's own
 * level takes its place, to the nearest packet. Owns one AudioContext.
 */

/** About -46 dBFS: above Opus's rounding of silence, below any speech. */
export const LOUD = 0.005;
const READ_EVERY_MS = 20;
/** 85 ms at 48 kHz: a late timer loses nothing until it is four readings late. */
const WINDOW = 4096;

/**
 * @typedef {object} LevelReading
 * @property {number} now when this was read, ms
 * @property {number | null} first when the first loud sample of this piece sounded, ms
 * @property {number | null} last when the last one did, ms
 * @property {number} level the loudest sample, 0 to 1
 */

/**
 * The loud part of the newest samples.
 * @param {Float32Array} samples the newest last
 * @param {number} fresh how many of them are new
 * @param {number} rate samples per second
 * @param {number} now when the last of them sounded, ms
 * @returns {LevelReading}
 */
export function readLevel(samples, fresh, rate, now) {
  const from = Math.max(0, samples.length - fresh);
  /** @param {number} index */
  const timeOf = (index) => now - ((samples.length - 1 - index) * 1000) / rate;
  let first = null;
  let last = null;
  let level = 0;
  for (let index = from; index < samples.length; index += 1) {
    const size = Math.abs(samples[index]);
    level = Math.max(level, size);
    if (size < LOUD) continue;
    first ??= timeOf(index);
    last = timeOf(index);
  }
  return { now, first, last, level };
}

export class Loudness {
  /** @type {(reading: LevelReading) => void} */
  #onReading;
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {AudioNode[]} */
  #nodes = [];
  #samples = new Float32Array(WINDOW);
  #readTo = 0;
  #packetAt = 0;
  #timer = 0;

  /** @param {(reading: LevelReading) => void} onReading */
  constructor(onReading) {
    this.#onReading = onReading;
  }

  /** Where sound is measured; null before the first press. */
  get context() {
    return this.#context;
  }

  /** From the browser to the loudspeaker, ms; 0 where the browser does not tell. */
  get outputMs() {
    return 1_000 * (this.#context?.outputLatency || 0);
  }

  /** To be called while a press is being handled: browsers start sound only then. */
  unlock() {
    this.#context ??= new AudioContext({ latencyHint: 'interactive' });
    if (this.#context.state === 'suspended') void this.#context.resume(); // may wait for ever
  }

  /** @param {RTCRtpReceiver} receiver of sound that is playing in a media element */
  attach(receiver) {
    this.detach();
    const context = this.#context;
    if (!context) throw new Error('Loudness.attach before Loudness.unlock');
    const source = context.createMediaStreamSource(new MediaStream([receiver.track]));
    const analyser = new AnalyserNode(context, { fftSize: WINDOW });
    const silent = new GainNode(context, { gain: 0 }); // pulls the analyser, adds no sound
    source.connect(analyser).connect(silent).connect(context.destination);
    this.#nodes = [source, analyser, silent];
    this.#readTo = context.currentTime;
    this.#timer = setInterval(() => {
      if (context.state === 'running') this.#readSamples(context, analyser);
      else this.#readPackets(receiver);
    }, READ_EVERY_MS);
  }

  /** Stops listening; `attach` may be called again. */
  detach() {
    clearInterval(this.#timer);
    for (const node of this.#nodes) node.disconnect();
    this.#nodes = [];
  }

  /**
   * @param {AudioContext} context
   * @param {AnalyserNode} analyser
   */
  #readSamples(context, analyser) {
    const to = context.currentTime;
    if (to <= this.#readTo) return;
    const fresh = Math.round((to - this.#readTo) * context.sampleRate);
    this.#readTo = to;
    analyser.getFloatTimeDomainData(this.#samples);
    this.#onReading(readLevel(this.#samples, fresh, context.sampleRate, performance.now()));
  }

  /** @param {RTCRtpReceiver} receiver */
  #readPackets(receiver) {
    const now = performance.now();
    const [packet] = receiver.getSynchronizationSources();
    if (!packet) return;
    const level = packet.audioLevel ?? 0;
    const fresh = packet.timestamp !== this.#packetAt;
    this.#packetAt = packet.timestamp;
    const at = fresh && level >= LOUD ? now : null;
    this.#onReading({ now, first: at, last: at, level });
  }
}
