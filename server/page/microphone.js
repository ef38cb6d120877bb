/**
 * The person's microphone: off, on or muted, and its way to the server.
 *
 * In: presses, and the sender of the connection of the moment. Out: `change` events. The
 * sender is part of the connection from its start, so that a press needs no negotiation. A
 * muted microphone sends silence until the server has surely heard an end of speech, and then
 * nothing. Owns one track, freed by `release`; the connection is the Peer's.
 */

/** @typedef {'off' | 'asking' | 'on' | 'muted'} MicrophoneState */
/** @typedef {'micInsecure' | 'micDenied' | 'micNone' | 'micBusy' | 'micBroken'} MicrophoneFault */

/** Longer than any pause that counts as the end of a turn. */
const SETTLE_MS = 3_000;

/** @type {Record<string, MicrophoneFault>} */
const FAULTS = {
  NotAllowedError: 'micDenied',
  SecurityError: 'micDenied',
  NotFoundError: 'micNone',
  OverconstrainedError: 'micNone',
  NotReadableError: 'micBusy',
  AbortError: 'micBusy',
};

/** The microphone cannot be had. */
export class MicrophoneError extends Error {
  /**
   * @param {MicrophoneFault} fault
   * @param {string} detail the browser's own words
   */
  constructor(fault, detail) {
    super(detail);
    this.name = 'MicrophoneError';
    this.fault = fault;
  }
}

/** @returns {Promise<MediaStreamTrack>} */
async function ask() {
  if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneError('micInsecure', '');
  const constraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
    return stream.getAudioTracks()[0];
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    const fault = FAULTS[error.name] ?? 'micBroken';
    throw new MicrophoneError(fault, fault === 'micBroken' ? error.message : '');
  }
}

export class Microphone extends EventTarget {
  /** @type {MicrophoneState} */
  state = 'off';
  /** @type {MediaStreamTrack | null} */
  track = null;
  /** @type {RTCRtpSender | null} */
  #sender = null;
  #timer = 0;

  /**
   * Turns it on, mutes it, or takes the mute off. Rejects with a MicrophoneError when it
   * cannot be had.
   */
  async toggle() {
    if (this.state === 'off') await this.#open();
    else if (this.state === 'on') this.#mute();
    else if (this.state === 'muted') await this.#unmute();
  }

  /**
   * Goes up this connection from now on.
   * @param {RTCRtpSender | null} sender null: the server takes no microphone
   */
  async attach(sender) {
    this.#sender = sender;
    if (this.state === 'on') await this.#send(this.track);
  }

  /** The session is over: the browser's sign of a recording goes out. */
  release() {
    clearTimeout(this.#timer);
    this.#sender = null;
    this.track?.stop();
    this.track = null;
    this.#enter('off');
  }

  async #open() {
    this.#enter('asking');
    let track;
    try {
      track = await ask();
    } catch (error) {
      if (this.state === 'asking') this.#enter('off');
      throw error;
    }
    if (this.state !== 'asking' || !this.#sender) {
      track.stop(); // the session has ended meanwhile
      if (this.state === 'asking') this.#enter('off');
      return;
    }
    this.track = track;
    track.addEventListener('ended', () => track === this.track && this.#lose());
    await this.#send(track);
    this.#enter('on');
  }

  /** The device was pulled out, or its use forbidden. */
  #lose() {
    clearTimeout(this.#timer);
    this.track = null;
    void this.#send(null);
    this.#enter('off');
    this.dispatchEvent(new Event('lost'));
  }

  #mute() {
    if (this.track) this.track.enabled = false;
    this.#timer = setTimeout(() => void this.#send(null), SETTLE_MS);
    this.#enter('muted');
  }

  async #unmute() {
    clearTimeout(this.#timer);
    if (this.track) this.track.enabled = true;
    this.#enter('on');
    await this.#send(this.track);
  }

  /** @param {MediaStreamTrack | null} track */
  async #send(track) {
    if (!this.#sender || this.#sender.track === track) return;
    try {
      await this.#sender.replaceTrack(track);
    } catch (error) {
      const closed = error instanceof DOMException && error.name === 'InvalidStateError';
      if (!closed) throw error; // else the connection went first; the next one attaches it
    }
  }

  /** @param {MicrophoneState} state */
  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event('change'));
  }
}
