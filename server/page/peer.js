/**
 * One WebRTC connection to the server: sound, picture and events come in, and the person's
 * microphone may go out.
 *
 * In: an AbortSignal. Out: a `Peer` whose media flows, and a promise that tells when it is
 * lost. Follows RFC 8829 (JSEP) and the W3C WebRTC recommendation; everything newer is
 * asked for before it is used. The way up for the microphone is offered from the start, with
 * nothing on it, so that a press needs no second offer. Owns one RTCPeerConnection, freed by
 * `close`.
 */

import * as api from './api.js';

/** Host candidates are there within milliseconds; a slow interface is not waited for. */
const GATHER_MS = 300;
const CONNECT_MS = 10_000;
/** A browser that has found no address of its own by then will find none. */
const NO_ADDRESS_MS = 3_000;
/** ICE may find its way back by itself within this time after "disconnected". */
const DISCONNECTED_MS = 2_000;

/** @typedef {'noWebRtc' | 'noCodec' | 'noNetwork' | 'noMedia' | 'lostForGood'} PeerFault */

/** A connection that fails for a reason that lies in the browser or on the way. */
export class PeerError extends Error {
  /** @param {PeerFault} fault */
  constructor(fault) {
    super(fault);
    this.name = 'PeerError';
    this.fault = fault;
  }
}

/**
 * H.264 first (it needs least of most machines), in the profile that every decoder has.
 * @param {RTCRtpTransceiver} video
 */
function preferH264(video) {
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.('video')?.codecs;
  if (!codecs) return;
  if (!codecs.some(({ mimeType }) => /^video\/(h264|vp8)$/i.test(mimeType))) {
    throw new PeerError('noCodec');
  }
  if (!('setCodecPreferences' in video)) return;
  /** @param {RTCRtpCodec} codec */
  const rank = ({ mimeType, sdpFmtpLine = '' }) => {
    if (mimeType.toLowerCase() !== 'video/h264') return 3;
    if (!/packetization-mode=1/.test(sdpFmtpLine)) return 2;
    return /profile-level-id=42e0/i.test(sdpFmtpLine) ? 0 : 1;
  };
  video.setCodecPreferences([...codecs].sort((a, b) => rank(a) - rank(b)));
}

/**
 * Asks for the shortest jitter buffer that the browser offers.
 * @param {RTCRtpReceiver} receiver
 */
function minimizeJitterBuffer(receiver) {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
  else if ('playoutDelayHint' in receiver) Object.assign(receiver, { playoutDelayHint: 0 });
}

/**
 * Whether a candidate hides the browser's address behind an mDNS name
 * (draft-ietf-mmusic-mdns-ice-candidates), as browsers do for pages without a microphone.
 * @param {string} candidate the candidate-attribute of RFC 8839, with or without "a="
 */
function isMdns(candidate) {
  return candidate.split(' ')[4]?.endsWith('.local') ?? false;
}

/**
 * The offer without hidden candidates. A server can seldom resolve their names and waits a
 * second trying; it learns the address from the browser's first check anyway (peer-reflexive
 * candidates, RFC 8445 section 7.3.1.3), so the offer must not say that these were all.
 * @param {string} sdp
 */
function withoutMdns(sdp) {
  const lines = sdp.split('\r\n');
  const shown = lines.filter((line) => !(line.startsWith('a=candidate:') && isMdns(line)));
  if (shown.length === lines.length) return sdp;
  return shown.filter((line) => line !== 'a=end-of-candidates').join('\r\n');
}

/**
 * Resolves when `done()` holds after one of the events, or after `limit` ms; whether it held.
 * @param {EventTarget} target
 * @param {string} event
 * @param {() => boolean} done
 * @param {number} limit ms
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}
 */
function waitFor(target, event, done, limit, signal) {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    /** @param {boolean} held */
    const settle = (held) => {
      clearTimeout(timer);
      stop.abort();
      resolve(held);
    };
    const timer = setTimeout(() => settle(false), limit);
    const check = () => done() && settle(true);
    target.addEventListener(event, check, { signal: stop.signal });
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        stop.abort();
        reject(signal.reason);
      },
      { signal: stop.signal },
    );
    check();
  });
}

/** Dispatches `disconnected` when the way is shaky and `connected` when it has come back. */
export class Peer extends EventTarget {
  /** @type {RTCPeerConnection} */
  pc;
  stream = new MediaStream();
  sessionid = '';
  /** The server's events come down this channel, if it knows it. @type {RTCDataChannel} */
  events;
  /** Who is shown, in front of what. @type {api.AppearanceRequest} */
  appearance;
  /** Resolves once, when this connection will not come back. @type {Promise<void>} */
  lost;

  /** @type {() => void} */
  #giveUp = () => {};
  #disconnectedTimer = 0;
  /** Whether the browser has found an address of its machine. */
  #hasAddress = false;
  /** @type {RTCRtpTransceiver} */
  #audio;

  /**
   * @param {api.AppearanceRequest} appearance
   * @param {RTCIceServer[]} iceServers
   */
  constructor(appearance, iceServers) {
    super();
    this.appearance = appearance;
    if (!('RTCPeerConnection' in globalThis)) throw new PeerError('noWebRtc');
    this.lost = new Promise((resolve) => (this.#giveUp = resolve));
    this.pc = new RTCPeerConnection({ iceServers });
    this.events = this.pc.createDataChannel('events', { ordered: true });
    this.#audio = this.pc.addTransceiver('audio', { direction: 'sendrecv' });
    this.pc.addEventListener('track', ({ track, receiver }) => {
      minimizeJitterBuffer(receiver);
      this.stream.addTrack(track);
    });
    this.pc.addEventListener('connectionstatechange', () => this.#watch());
  }

  /**
   * Offers, takes the answer, and waits until media can flow.
   * @param {string} resume the session whose conversation goes on, or empty
   * @param {AbortSignal} signal
   */
  async open(resume, signal) {
    const { pc } = this;
    preferH264(pc.addTransceiver('video', { direction: 'recvonly' }));
    await this.#gather(signal);
    const { type, sdp } = pc.localDescription ?? { type: 'offer', sdp: '' };
    const answer = await api.offer({ type, sdp: withoutMdns(sdp) }, this.appearance, resume, signal);
    this.sessionid = answer.sessionid;
    await pc.setRemoteDescription({ type: answer.type, sdp: answer.sdp });
    this.#watchDtls();
    const settled = () => ['connected', 'failed', 'closed'].includes(pc.connectionState);
    const limit = this.#hasAddress ? CONNECT_MS : NO_ADDRESS_MS;
    await waitFor(pc, 'connectionstatechange', settled, limit, signal);
    if (pc.connectionState !== 'connected') {
      throw new PeerError(this.#hasAddress ? 'noMedia' : 'noNetwork');
    }
  }

  /**
   * Waits for the candidates of this machine, unless they are hidden and so not worth it.
   * @param {AbortSignal} signal
   */
  async #gather(signal) {
    const { pc } = this;
    let hidden = false;
    pc.addEventListener('icecandidate', ({ candidate }) => {
      this.#hasAddress ||= Boolean(candidate?.candidate);
      hidden ||= candidate !== null && isMdns(candidate.candidate);
    });
    await pc.setLocalDescription();
    const gathered = () => hidden || pc.iceGatheringState === 'complete';
    await waitFor(pc, 'icecandidate', gathered, GATHER_MS, signal);
  }

  /** The caller saw that nothing comes any more, or that the server forgot this session. */
  giveUp() {
    this.#giveUp();
  }

  /** The receiver of the sound. */
  get audioReceiver() {
    const receiver = this.pc.getReceivers().find(({ track }) => track.kind === 'audio');
    if (!receiver) throw new PeerError('noMedia');
    return receiver;
  }

  /** Where a microphone's track may go up; null when the server's answer takes none. */
  get microphoneSender() {
    return this.#audio.currentDirection === 'sendrecv' ? this.#audio.sender : null;
  }

  close() {
    clearTimeout(this.#disconnectedTimer);
    for (const track of this.stream.getTracks()) track.stop();
    this.pc.close();
    this.giveUp(); // closing fires no event here, and whoever awaits `lost` must go on
  }

  #watch() {
    clearTimeout(this.#disconnectedTimer);
    const state = this.pc.connectionState;
    if (state === 'failed' || state === 'closed') this.giveUp();
    if (state === 'connected') this.dispatchEvent(new Event('connected'));
    if (state === 'disconnected') {
      this.dispatchEvent(new Event('disconnected'));
      this.#disconnectedTimer = setTimeout(() => this.giveUp(), DISCONNECTED_MS);
    }
  }

  /** A server that stops says so by DTLS, which leaves connectionState at "connected". */
  #watchDtls() {
    for (const { transport } of this.pc.getReceivers()) {
      transport?.addEventListener('statechange', () => {
        if (transport.state === 'closed' || transport.state === 'failed') this.giveUp();
      });
    }
  }
}
