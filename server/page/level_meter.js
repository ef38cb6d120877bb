/**
 * How loud the microphone is, for the eye.
 *
 * In: a track. Out: a level from 0 to 1, on a scale of decibels, twenty times a second. Owns
 * the nodes in the AudioContext that it is given, and one timer.
 */

const EVERY_MS = 50;
const WINDOW = 1_024;
/** What is shown as nothing and as all, in dBFS. */
const QUIET_DB = -55;
const LOUD_DB = -12;

/**
 * @param {Float32Array} samples
 * @returns {number} 0 to 1
 */
export function levelOf(samples) {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const db = 10 * Math.log10(energy / samples.length + 1e-12);
  return Math.min(1, Math.max(0, (db - QUIET_DB) / (LOUD_DB - QUIET_DB)));
}

export class LevelMeter {
  #onLevel;
  /** @type {AudioNode[]} */
  #nodes = [];
  #timer = 0;

  /** @param {(level: number) => void} onLevel */
  constructor(onLevel) {
    this.#onLevel = onLevel;
  }

  /**
   * @param {AudioContext} context
   * @param {MediaStreamTrack} track
   */
  attach(context, track) {
    this.detach();
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const analyser = new AnalyserNode(context, { fftSize: WINDOW });
    source.connect(analyser);
    this.#nodes = [source, analyser];
    const samples = new Float32Array(WINDOW);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.#onLevel(levelOf(samples));
    }, EVERY_MS);
  }

  detach() {
    clearInterval(this.#timer);
    for (const node of this.#nodes) node.disconnect();
    this.#nodes = [];
    this.#onLevel(0);
  }
}
