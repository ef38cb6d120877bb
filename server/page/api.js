/**
 * The server's HTTP API, one function for each thing that the page asks of it.
 *
 * In: a session id and what to do. Out: the answer's data, or an `ApiError` with the HTTP
 * status and the server's own message. Addresses are relative to the page, so that it also
 * works behind a path of a reverse proxy. Owns nothing.
 */

/** @typedef {{ sdp: string, type: RTCSdpType, sessionid: string }} Answer */
/** @typedef {import('./operations_feed.js').Operations} Operations */
/** @typedef {{ name: string, engine: string, replaceable: boolean, prepared: boolean, broken: string,
 *   default: boolean }} Avatar */
/** Who answers ("model", "guide" or "nothing"), whether words are heard, and in which language, ''
 *  for any; ice_servers, and for how many seconds their credentials may be used to begin, 0 for ever.
 *  @typedef {{ answers: string, hears: boolean, language: string, ice_servers?: RTCIceServer[], ice_seconds?: number, max_text?: number }} ServerAbilities */
/**
 * Who is wanted, null for the server's choice, and in front of what: '' is the avatar's own.
 * timeoutMs: how long the answer may take, in ms, if longer than usual.
 * @typedef {{ avatar: string | null, background: string, timeoutMs?: number }} AppearanceRequest
 */

const TIMEOUT_MS = 10_000;
const LOGIN = 'login';
/** Hears that the server wants a key; nothing on a page that cannot ask for one. */
let keyWanted = () => {};
/** How an event of a stream begins. */
const DATA = 'data: ';

/** What the server (or the way to it) said instead of an answer. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status; 0 when no answer came at all
   * @param {string} message the server's own words, in English; may be empty
   * @param {number | null} retryAfter seconds after which the server asks to try again
   */
  constructor(status, message, retryAfter = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * @param {Response} response
 * @returns {number | null} seconds; the header's date form is not used by this server
 */
function retryAfterOf(response) {
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/**
 * @param {Response} response
 * @returns {Promise<any>} the JSON body; null when there is none to read
 */
async function bodyOf(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null; // a proxy's HTML page, say
    throw error;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} request
 * @returns {Promise<any>} the JSON body of a good answer
 */
export async function ask(path, request) {
  const response = await answered(path, request);
  const body = await bodyOf(response);
  const good = response.ok && body !== null && (body.code === undefined || body.code === 0);
  if (good) return body;
  throw refusal(response, body);
}

/**
 * @param {string} path
 * @param {RequestInit} request
 * @returns {Promise<Response>} whatever the server answers
 */
async function answered(path, request) {
  try {
    const response = await fetch(new URL(path, document.baseURI), request);
    if (response.status === 401 && path !== LOGIN) keyWanted();
    return response;
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
    if (timedOut) throw new ApiError(408, '');
    if (error instanceof TypeError) throw new ApiError(0, '');
    throw error; // AbortError: the session was ended by the user
  }
}

/**
 * @param {Response} response
 * @param {any} body
 * @returns {ApiError} in the server's words
 */
function refusal(response, body) {
  const message = typeof body?.msg === 'string' ? body.msg : response.statusText;
  return new ApiError(response.ok ? 500 : response.status, message, retryAfterOf(response));
}

/**
 * @param {string} path
 * @param {RequestInit} request
 */
export function post(path, request) {
  return ask(path, { method: 'POST', ...request });
}

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @param {number} [timeoutMs] ms
 */
export function postJson(path, body, signal, timeoutMs = TIMEOUT_MS) {
  const timeout = AbortSignal.timeout(timeoutMs);
  return post(path, {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: signal ? anySignal(signal, timeout) : timeout,
  });
}

/**
 * `AbortSignal.any`, which Firefox before 124 and Chromium before 116 lack.
 * @param {AbortSignal} first
 * @param {AbortSignal} second
 * @returns {AbortSignal}
 */
function anySignal(first, second) {
  const both = new AbortController();
  for (const signal of [first, second]) {
    if (signal.aborted) both.abort(signal.reason);
    signal.addEventListener('abort', () => both.abort(signal.reason), {
      once: true,
      signal: both.signal,
    });
  }
  return both.signal;
}

/**
 * Says who asks the person for a key.
 * @param {() => void} ask
 */
export function onKeyWanted(ask) {
  keyWanted = ask;
}

/**
 * Shows a key; the server remembers it in a cookie.
 * @param {string} key
 */
export async function login(key) {
  await postJson(LOGIN, { key });
}

/**
 * Begins a session.
 * @param {{ sdp: string, type: RTCSdpType }} description the offer, candidates included
 * @param {AppearanceRequest} appearance
 * @param {string} resume the session whose conversation goes on, or empty
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function offer({ sdp, type }, { avatar, background, timeoutMs }, resume, signal) {
  const body = { sdp, type, avatar, background, resume };
  const answer = await postJson('offer', body, signal, timeoutMs);
  return { sdp: answer.sdp, type: answer.type, sessionid: String(answer.sessionid) };
}

/**
 * Whether the server knows this session; true as well where it cannot be asked.
 * @param {string} sessionid
 */
export async function isKnown(sessionid) {
  try {
    await postJson('is_speaking', { sessionid });
  } catch (error) {
    return !(error instanceof ApiError && error.status === 404);
  }
  return true;
}

/**
 * Whether the server takes sessions.
 * @param {AbortSignal} signal
 */
export async function healthy(signal) {
  try {
    return (await fetch(new URL('healthz', document.baseURI), { signal })).ok;
  } catch {
    return false;
  }
}

/**
 * Has a text spoken, after whatever is being said.
 * @param {string} sessionid
 * @param {string} text
 * @param {string} language its code; empty: the server finds it
 */
export async function say(sessionid, text, language) {
  await postJson('human', { sessionid, type: 'echo', text, interrupt: false, ...style(language) });
}

/**
 * Has a text answered.
 * @param {string} sessionid
 * @param {string} text
 * @param {string} language of the answer, as for `say`
 */
export async function chat(sessionid, text, language) {
  await postJson('human', { sessionid, type: 'chat', text, interrupt: true, ...style(language) });
}

/** @param {string} language */
function style(language) {
  return language ? { tts: { language } } : {};
}

/**
 * Has a sound file spoken. No time limit: the file may be large and the network slow.
 * @param {string} sessionid
 * @param {File} file
 * @param {AbortSignal} signal
 * @returns {Promise<number | null>} the sound's length in seconds, where the server says it
 */
export async function saySound(sessionid, file, signal) {
  const form = new FormData();
  form.append('sessionid', sessionid);
  form.append('file', file, file.name);
  const body = await post('humanaudio', { body: form, signal });
  return typeof body.data?.seconds === 'number' ? body.data.seconds : null;
}

/**
 * What the server can do in a conversation.
 * @returns {Promise<ServerAbilities>}
 */
export async function config() {
  const body = await ask('config', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return body.data ?? {};
}

/**
 * Who can be shown.
 * @returns {Promise<Avatar[]>}
 */
export async function avatars() {
  const body = await ask('avatars', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return body.data;
}

/**
 * Starts or ends the recording of a session.
 * @param {string} sessionid
 * @param {boolean} on
 */
export async function record(sessionid, on) {
  await postJson('record', { sessionid, type: on ? 'start_record' : 'end_record' });
}

/**
 * Whether a session's newest film can be fetched; false too where nobody answers.
 * @param {string} sessionid
 */
export async function filmIsWhole(sessionid) {
  const url = new URL(`record/${encodeURIComponent(sessionid)}`, document.baseURI);
  try {
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) })).ok;
  } catch {
    return false;
  }
}

/**
 * The settings in force, without secrets.
 * @returns {Promise<object>}
 */
export async function settings() {
  const body = await ask('api/admin/config', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return body.data.config.ringtalk;
}

/**
 * Looks at the service, one a second, until the stream ends.
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Operations>}
 */
export async function* operations(signal) {
  const response = await answered('operations', { signal });
  if (!response.ok || !response.body) throw refusal(response, await bodyOf(response));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (text + value).split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) if (part.startsWith(DATA)) yield JSON.parse(part.slice(DATA.length));
  }
}

/**
 * Gives the server a picture to stand in front of.
 * @param {Blob} picture
 * @returns {Promise<string>} its id
 */
export async function uploadBackground(picture) {
  const form = new FormData();
  form.append('file', picture, 'background');
  return (await post('backgrounds', { body: form })).data.id;
}

/**
 * Changes what is behind the person.
 * @param {string} sessionid
 * @param {string} background as in an AppearanceRequest
 */
export async function setBackground(sessionid, background) {
  await postJson('background', { sessionid, background });
}

/**
 * Shows somebody else in a running session; 409 where that has another size.
 * @param {string} sessionid
 * @param {string} avatar
 * @param {number} [timeoutMs]
 */
export async function setAvatar(sessionid, avatar, timeoutMs) {
  await postJson('avatar', { sessionid, avatar }, undefined, timeoutMs);
}

/** @param {string} sessionid */
export async function interrupt(sessionid) {
  await postJson('interrupt_talk', { sessionid });
}

/** @param {string} sessionid */
export async function close(sessionid) {
  await postJson('close', { sessionid });
}

/**
 * `close` for a page that is going away: the browser sends it after the page is gone.
 * @param {string} sessionid
 */
export function closeAtUnload(sessionid) {
  const body = new Blob([JSON.stringify({ sessionid })], { type: 'application/json' });
  navigator.sendBeacon(new URL('close', document.baseURI), body);
}
