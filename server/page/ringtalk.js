/**
 * <ring-talk>: a talking face in any page. One module, nothing else is needed:
 *
 *     <script type="module" src="https://talk.example/ringtalk.js"></script>
 *     <ring-talk avatar="mira" captions></ring-talk>
 *
 * In: attributes, and calls of say, chat, interrupt and talk. Out: picture and sound, events. It
 * connects when it is started, and for ever again after a connection was lost. Follows RFC 8829
 * (JSEP), the W3C recommendations for WebRTC and custom elements, and docs/api.md of the server.
 * Owns, while it runs, one RTCPeerConnection, one session of the server and the microphone's track;
 * `stop`, or taking the element out of the page, frees them.
 */

const HERE = new URL('.', import.meta.url);
/** Pauses before an attempt to connect again, ms; the last again and again. */
const BACK_OFF_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** A connection that lasted so long was a good one: the pauses begin anew. */
const STABLE_MS = 10_000;
const CONNECT_MS = 10_000;
const GATHER_MS = 300;
/** ICE may find its way back by itself within this time. */
const DISCONNECTED_MS = 2_000;
/** What a receiver still plays of a speech that was interrupted. */
const DRAIN_MS = 400;
/** A caption stays so long when nothing follows. */
const CAPTION_MS = 2_500;
/** Statuses behind which another attempt is worth it. */
const TRANSIENT = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

const LABELS = {
  en: { face: 'Talking face', start: 'Start', sound: 'Turn the sound on' },
  zh: { face: '说话的人像', start: '开始', sound: '打开声音' },
};

/** Adopted by the shadow root, which a page's Content-Security-Policy does not mind. */
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
  :host { display: inline-block; position: relative; aspect-ratio: 1; width: 512px; max-width: 100%; overflow: hidden }
  :host([hidden]) { display: none }
  video, canvas, img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: var(--ring-talk-fit, cover) }
  img { transition: opacity .2s } .live img { opacity: 0 }
  button { position: absolute; inset: auto 0 8% 0; margin: auto; width: max-content; max-width: 90%; padding: .6em 1.2em;
    font: inherit; border: 1px solid transparent; border-radius: 2em; color: #fff; background: #000a; cursor: pointer }
  button:focus-visible { outline: 3px solid #fff; outline-offset: 2px; box-shadow: 0 0 0 5px #000 }
  p { position: absolute; inset: auto 4% 4% 4%; margin: 0; text-align: center; pointer-events: none }
  p span { padding: .15em .5em; border-radius: .3em; color: #fff; background: #000b; box-decoration-break: clone;
    -webkit-box-decoration-break: clone }
  [hidden] { display: none !important }
  @media (prefers-reduced-motion: reduce) { img { transition: none } }
`);

const TEMPLATE = `
  <div part="frame">
    <video part="video" playsinline autoplay disablepictureinpicture></video>
    <canvas part="canvas" hidden></canvas>
    <img part="poster" alt="" hidden>
    <p part="caption" dir="auto" hidden><span></span></p>
    <button part="start" type="button" hidden></button>
    <button part="sound" type="button" hidden></button>
  </div>`;

/** The server refused, or could not be reached. `status` is HTTP's, 0 where nothing answered. */
export class RingTalkError extends Error {
  /**
   * @param {string} message
   * @param {number} status
   * @param {number} retryAfter seconds, 0: not said
   */
  constructor(message, status = 0, retryAfter = 0) {
    super(message);
    this.name = 'RingTalkError';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export class RingTalk extends HTMLElement {
  static observedAttributes = ['avatar', 'poster', 'src', 'muted', 'captions'];

  /** Gives the token for each connection, since a token is short-lived; else the attribute does.
   * @type {(() => string | Promise<string>) | null} */
  tokens = null;

  #state = 'idle';
  #sessionid = '';
  #previous = '';
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** @type {RTCRtpSender | null} */
  #up = null;
  /** @type {MediaStreamTrack | null} */
  #microphone = null;
  /** @type {AbortController | null} */
  #running = null;
  #token = '';
  #captionTimer = 0;
  #drainTimer = 0;
  /** Draws a picture of a transparent session. @type {(() => void) | null} */
  #draw = null;
  /** Whether the browser lets no sound play before somebody touched the page. */
  #blocked = false;
  /** @type {HTMLVideoElement} */
  #video;
  /** @type {HTMLImageElement} */
  #poster;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.innerHTML = TEMPLATE;
    root.adoptedStyleSheets = [STYLE];
    this.#video = /** @type {HTMLVideoElement} */ (root.querySelector('video'));
    this.#poster = /** @type {HTMLImageElement} */ (root.querySelector('img'));
    const text = LABELS[(document.documentElement.lang || navigator.language).startsWith('zh') ? 'zh' : 'en'];
    this.#video.setAttribute('aria-label', text.face);
    this.#button('start', text.start, () => void this.start());
    this.#button('sound', text.sound, () => this.#allowSound());
    this.#poster.addEventListener('load', () => (this.#poster.hidden = false));
    this.#poster.addEventListener('error', () => (this.#poster.hidden = true));
    this.#video.addEventListener('loadeddata', () => this.#frame.classList.add('live'));
    this.#video.addEventListener('loadeddata', () => this.#drawTransparent());
  }

  /** 'idle', 'connecting', 'live', 'reconnecting' or 'failed'. */
  get state() {
    return this.#state;
  }

  /** The session's id while there is one, else ''. */
  get sessionid() {
    return this.#state === 'live' ? this.#sessionid : '';
  }

  connectedCallback() {
    this.#showPoster();
    this.#part('start').hidden = this.hasAttribute('autostart');
    if (this.hasAttribute('autostart')) void this.start();
    addEventListener('pagehide', this.#leave);
  }

  disconnectedCallback() {
    removeEventListener('pagehide', this.#leave);
    this.stop();
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === 'muted') this.#mute();
    else if (name === 'captions') this.#part('caption').hidden = true;
    else if (this.isConnected) this.#showPoster();
  }

  /** Connect, and stay so until `stop`. Resolves when the first connection stands, or is refused. */
  async start() {
    if (this.#running) return;
    const running = (this.#running = new AbortController());
    this.#part('start').hidden = true;
    await new Promise((resolve) => void this.#keep(running.signal, () => resolve(undefined)));
  }

  /** End the session. */
  stop() {
    this.#running?.abort();
    this.#running = null;
    this.talk(false).catch(() => {}); // turning it off asks nobody
    this.#hangUp();
    this.#previous = '';
    this.#frame.classList.remove('live');
    this.#caption('');
    if (this.isConnected) this.#part('start').hidden = false;
    this.#enter('idle');
  }

  /** Have it say this, word for word. `options`: more fields of POST /human, such as `tts`. */
  say(text, options = {}) {
    return this.#ask('human', { type: 'echo', text, ...options });
  }

  /** Have it answer this. */
  chat(text, options = {}) {
    return this.#ask('human', { type: 'chat', text, ...options });
  }

  /** Silence it: here at once, and at the server. */
  async interrupt() {
    this.#drain();
    await this.#ask('interrupt_talk', {});
  }

  /** Turn the microphone on or off. Rejects with the browser's reason when there is none. */
  async talk(on = true) {
    if (!on) {
      this.#microphone?.stop();
      this.#microphone = null;
      await this.#up?.replaceTrack(null);
      return;
    }
    if (this.#microphone) return;
    if (!navigator.mediaDevices?.getUserMedia) throw new RingTalkError('a microphone needs HTTPS or localhost');
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    [this.#microphone] = stream.getAudioTracks();
    await this.#up?.replaceTrack(this.#microphone);
  }

  /** Show another avatar of the server from now on. */
  async show(avatar) {
    await this.#ask('avatar', { avatar });
    this.setAttribute('avatar', avatar);
  }

  // ---- connecting --------------------------------------------------------------------------

  /**
   * Connect again and again until aborted or refused for good.
   * @param {AbortSignal} signal
   * @param {() => void} settled
   */
  async #keep(signal, settled) {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      this.#enter(attempt ? 'reconnecting' : 'connecting');
      let wait = 0;
      try {
        const { gone } = await this.#connect(signal);
        const since = performance.now();
        this.#enter('live');
        settled();
        await gone;
        if (performance.now() - since > STABLE_MS) attempt = 0;
      } catch (error) {
        if (signal.aborted) break;
        this.#tell('error', error);
        if (error instanceof RingTalkError && !TRANSIENT.has(error.status)) {
          this.#running = null;
          this.#hangUp();
          this.#enter('failed');
          this.#part('start').hidden = false;
          break;
        }
        if (error instanceof RingTalkError) wait = 1_000 * error.retryAfter;
      }
      if (signal.aborted) break; // `stop` has hung up, and somebody may have started anew
      this.#hangUp();
      const pause = BACK_OFF_MS[Math.min(attempt, BACK_OFF_MS.length - 1)];
      await this.#pause(Math.max(wait, pause * (0.75 + Math.random() / 2)), signal);
    }
    settled();
  }

  /**
   * One connection; `gone` is kept when it is lost.
   * @param {AbortSignal} signal
   */
  async #connect(signal) {
    this.#token = this.tokens ? await this.tokens() : (this.getAttribute('token') ?? '');
    signal.throwIfAborted();
    const pc = (this.#pc = new RTCPeerConnection({ iceServers: await this.#iceServers(signal) }));
    const events = pc.createDataChannel('events');
    events.addEventListener('message', ({ data }) => this.#hear(JSON.parse(data)));
    const audio = pc.addTransceiver('audio', { direction: 'sendrecv' });
    preferH264(pc.addTransceiver('video', { direction: 'recvonly' }));
    const stream = new MediaStream();
    pc.addEventListener('track', ({ track, receiver }) => {
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
      stream.addTrack(track);
    });
    await gathered(pc, signal);
    const answer = await this.#fetch('offer', this.#offer(pc), signal);
    this.#sessionid = this.#previous = answer.sessionid;
    await pc.setRemoteDescription({ type: answer.type, sdp: answer.sdp });
    await connected(pc, signal);
    this.#up = audio.currentDirection === 'sendrecv' ? audio.sender : null;
    if (this.#microphone) await this.#up?.replaceTrack(this.#microphone);
    this.#video.srcObject = stream;
    await this.#play();
    return { gone: lost(pc, events, signal) };
  }

  /** @param {RTCPeerConnection} pc */
  #offer(pc) {
    const { type, sdp } = pc.localDescription ?? { type: 'offer', sdp: '' };
    const wanted = { type, sdp: withoutMdns(sdp), resume: this.#previous, embedded: true };
    if (this.hasAttribute('transparent')) Object.assign(wanted, { matte: 'packed' });
    const mark = this.getAttribute('mark');
    if (mark !== null) Object.assign(wanted, { mark: markOf(mark) });
    for (const name of ['avatar', 'background']) {
      const value = this.getAttribute(name);
      if (value) Object.assign(wanted, { [name]: value });
    }
    return wanted;
  }

  /** @param {AbortSignal} signal @returns {Promise<RTCIceServer[]>} */
  async #iceServers(signal) {
    try {
      return (await this.#fetch('config', null, signal)).data?.ice_servers ?? [];
    } catch (error) {
      if (signal.aborted) throw error;
      return []; // the offer says what is wrong
    }
  }

  async #play() {
    this.#mute();
    try {
      await this.#video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      this.#blocked = true;
      this.#part('sound').hidden = false;
      this.#mute();
      await this.#video.play().catch(() => {}); // shown as soon as somebody touches the page
    }
  }

  #allowSound() {
    this.#blocked = false;
    this.#part('sound').hidden = true;
    this.#mute();
    void this.#video.play();
  }

  #hangUp() {
    this.#leave();
    this.#pc?.close();
    this.#pc = null;
    this.#up = null;
    this.#sessionid = '';
  }

  /** Tell the server that nobody is there any more; the next session may go on with this one. */
  #leave = () => {
    if (!this.#sessionid) return;
    const url = this.#url('close');
    if (this.#token) url.searchParams.set('token', this.#token); // a beacon has no headers
    navigator.sendBeacon(url, JSON.stringify({ sessionid: this.#sessionid }));
  };

  // ---- the server --------------------------------------------------------------------------

  /** @param {string} path */
  #url(path) {
    const base = new URL(this.getAttribute('src') || HERE, document.baseURI);
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    return new URL(path, base);
  }

  #headers() {
    const token = this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
    return { 'Content-Type': 'application/json', ...token };
  }

  /**
   * @param {string} path
   * @param {object | null} body null: GET
   * @param {AbortSignal} [signal]
   */
  async #fetch(path, body, signal) {
    const init = { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body), headers: this.#headers(), signal };
    let answer;
    try {
      answer = await fetch(this.#url(path), init);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new RingTalkError(`${this.#url(path).origin} does not answer, or does not allow this page`);
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    const after = Number(answer.headers.get('Retry-After')) || 0;
    throw new RingTalkError(told.msg || `${path}: HTTP ${answer.status}`, answer.status, after);
  }

  /** @param {string} path @param {object} fields */
  #ask(path, fields) {
    if (!this.sessionid) return Promise.reject(new RingTalkError(`there is no session: it is ${this.#state}`));
    return this.#fetch(path, { sessionid: this.sessionid, ...fields });
  }

  /** @param {{status: string, text?: string, final?: boolean}} told */
  #hear(told) {
    this.#tell('ringtalk', told);
    if (told.status === 'sentence' || told.status === 'transcript') this.#caption(told.text ?? '');
    if (told.status === 'end' || told.status === 'interrupted') this.#captionLater();
    if (told.status === 'start') this.#undrain();
    if (told.status === 'interrupted') this.#drain();
  }

  // ---- what is seen and heard --------------------------------------------------------------

  /** Nothing of what is still on its way is heard. */
  #drain() {
    clearTimeout(this.#drainTimer);
    this.#drainTimer = setTimeout(() => this.#undrain(), DRAIN_MS);
    this.#mute();
  }

  #undrain() {
    clearTimeout(this.#drainTimer);
    this.#drainTimer = 0;
    this.#mute();
  }

  #mute() {
    this.#video.muted = this.hasAttribute('muted') || this.#blocked || this.#drainTimer !== 0;
  }

  #showPoster() {
    const avatar = this.getAttribute('avatar');
    const poster = this.getAttribute('poster') ?? (avatar && this.#url(`avatars/${encodeURIComponent(avatar)}/poster`).href);
    if (poster) this.#poster.src = poster;
  }

  /** Shows the pictures of a transparent session on a canvas, each as it comes. */
  #drawTransparent() {
    const canvas = /** @type {HTMLCanvasElement} */ (this.#part('canvas'));
    const transparent = this.hasAttribute('transparent');
    canvas.hidden = !transparent;
    this.#video.style.visibility = transparent ? 'hidden' : '';
    if (!transparent || this.#draw) return;
    const draw = (this.#draw = transparentPainter(canvas, this.#video));
    const next = () => {
      draw();
      if (this.isConnected) this.#video.requestVideoFrameCallback(next);
      else this.#draw = null;
    };
    next();
  }

  /** @param {string} text */
  #caption(text) {
    const box = this.#part('caption');
    clearTimeout(this.#captionTimer);
    box.hidden = !text || !this.hasAttribute('captions');
    /** @type {HTMLElement} */ (box.firstElementChild).textContent = text;
  }

  #captionLater() {
    clearTimeout(this.#captionTimer);
    this.#captionTimer = setTimeout(() => this.#caption(''), CAPTION_MS);
  }

  get #frame() {
    return this.#part('frame');
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.shadowRoot?.querySelector(`[part=${name}]`));
  }

  /** @param {string} name @param {string} label @param {() => void} press */
  #button(name, label, press) {
    const button = this.#part(name);
    button.textContent = label;
    button.addEventListener('click', press);
  }

  /** @param {string} state */
  #enter(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.setAttribute('state', state);
    this.#tell('state', state);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {number} ms @param {AbortSignal} signal */
  #pause(ms, signal) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      addEventListener('online', resolve, { once: true });
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve(undefined)), { once: true });
    });
  }
}

const SEE_VERTEX = `
attribute vec2 at; varying vec2 place;
void main() { place = vec2(at.x, 1.0 - at.y) * 0.5 + vec2(0.5, 0.0); gl_Position = vec4(at, 0, 1); }`;
/** Above the colours, in front of black; below how opaque they are, from video's 16 to 235. */
const SEE_FRAGMENT = `
precision mediump float; uniform sampler2D picture; varying vec2 place;
void main() {
  vec2 half_size = vec2(place.x, clamp(place.y * 0.5, 0.001, 0.499));
  float opaque = texture2D(picture, half_size + vec2(0, 0.5)).g;
  opaque = clamp((opaque - 0.02) / 0.96, 0.0, 1.0);
  gl_FragColor = vec4(min(texture2D(picture, half_size).rgb, vec3(opaque)), opaque);
}`;

/**
 * What paints a double-high picture of a video onto a canvas, transparent where nobody is.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLVideoElement} video
 */
function transparentPainter(canvas, video) {
  const gl = canvas.getContext('webgl', { premultipliedAlpha: true, alpha: true, antialias: false });
  if (!gl) throw new RingTalkError('a transparent face needs WebGL');
  const program = /** @type {WebGLProgram} */ (gl.createProgram());
  for (const [kind, source] of [[gl.VERTEX_SHADER, SEE_VERTEX], [gl.FRAGMENT_SHADER, SEE_FRAGMENT]]) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(/** @type {number} */ (kind)));
    gl.shaderSource(shader, /** @type {string} */ (source));
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.bindAttribLocation(program, 0, 'at');
  gl.vertexAttribPointer(gl.getAttribLocation(program, 'at'), 2, gl.FLOAT, false, 0, 0);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  for (const [name, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
    [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]]) {
    gl.texParameteri(gl.TEXTURE_2D, name, value);
  }
  return () => {
    const { videoWidth: width, videoHeight: height } = video;
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height / 2) {
      canvas.width = width;
      canvas.height = height / 2;
      gl.viewport(0, 0, width, height / 2);
    }
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, video);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  };
}

/** H264 first, in the profile that every decoder has. @param {RTCRtpTransceiver} video */
function preferH264(video) {
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.('video')?.codecs;
  if (!codecs || !('setCodecPreferences' in video)) return;
  const rank = ({ mimeType, sdpFmtpLine = '' }) =>
    mimeType.toLowerCase() !== 'video/h264' ? 3
      : !/packetization-mode=1/.test(sdpFmtpLine) ? 2
      : /profile-level-id=42e0/i.test(sdpFmtpLine) ? 0 : 1;
  video.setCodecPreferences([...codecs].sort((a, b) => rank(a) - rank(b)));
}

/**
 * The attribute `mark` as `/offer` takes it: `no`, or a language and a corner, each if it is said.
 * @param {string} words
 */
function markOf(words) {
  if (words === 'no') return false;
  /** @type {{language?: string, corner?: string}} */
  const mark = {};
  for (const word of words.split(/\s+/).filter(Boolean)) {
    mark[/^(top|bottom)-/.test(word) ? 'corner' : 'language'] = word;
  }
  return mark;
}

/** The offer without addresses that hide behind mDNS names, which a server can seldom resolve.
 * @param {string} sdp */
function withoutMdns(sdp) {
  const shown = sdp.split('\r\n').filter((line) => !/^a=candidate:.*\.local /.test(line));
  return shown.join('\r\n') === sdp ? sdp : shown.filter((line) => line !== 'a=end-of-candidates').join('\r\n');
}

/** Until this machine's addresses are in the offer, or enough time has passed.
 * @param {RTCPeerConnection} pc @param {AbortSignal} signal */
async function gathered(pc, signal) {
  await pc.setLocalDescription();
  await until(pc, 'icegatheringstatechange', () => pc.iceGatheringState === 'complete', GATHER_MS, signal);
}

/** @param {RTCPeerConnection} pc @param {AbortSignal} signal */
async function connected(pc, signal) {
  const settled = () => ['connected', 'failed', 'closed'].includes(pc.connectionState);
  await until(pc, 'connectionstatechange', settled, CONNECT_MS, signal);
  if (pc.connectionState !== 'connected') throw new RingTalkError('no media comes through: a firewall, or no TURN server');
}

/** Kept when the connection will not come back.
 * @param {RTCPeerConnection} pc @param {RTCDataChannel} events @param {AbortSignal} signal
 * @returns {Promise<void>} */
function lost(pc, events, signal) {
  return new Promise((resolve) => {
    let timer = 0;
    pc.addEventListener('connectionstatechange', () => {
      clearTimeout(timer);
      if (pc.connectionState === 'failed' || pc.connectionState === 'closed') resolve(undefined);
      if (pc.connectionState === 'disconnected') timer = setTimeout(resolve, DISCONNECTED_MS);
    });
    for (const { transport } of pc.getReceivers()) {
      transport?.addEventListener('statechange', () => {
        if (transport.state === 'closed' || transport.state === 'failed') resolve(undefined);
      });
    }
    events.addEventListener('close', () => resolve(undefined));
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** Resolves when `done()`, or after `limit` ms.
 * @param {EventTarget} target @param {string} event @param {() => boolean} done @param {number} limit
 * @param {AbortSignal} signal */
function until(target, event, done, limit, signal) {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const settle = (how) => (clearTimeout(timer), stop.abort(), how());
    const timer = setTimeout(() => settle(resolve), limit);
    const check = () => done() && settle(resolve);
    target.addEventListener(event, check, { signal: stop.signal });
    signal.addEventListener('abort', () => settle(() => reject(signal.reason)), { signal: stop.signal });
    check();
  });
}

if (!customElements.get('ring-talk')) customElements.define('ring-talk', RingTalk);
