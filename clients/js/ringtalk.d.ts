/** Types of <ring-talk>; README.md says what it is for. */

export type RingTalkState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'failed';

/** An event of the session, as in "Events" of the server's docs/api.md. */
export interface SessionEvent {
  id: number;
  status: string;
  [field: string]: unknown;
}

/** More fields of POST /human, such as `{ tts: { voice: 'hibari' }, interrupt: true }`. */
export type SpeechOptions = Record<string, unknown>;

/** The server refused, or could not be reached. */
export class RingTalkError extends Error {
  /** HTTP's, 0 where nothing answered. */
  readonly status: number;
  /** Seconds, 0: not said. */
  readonly retryAfter: number;
}

export interface RingTalkEventMap extends HTMLElementEventMap {
  state: CustomEvent<RingTalkState>;
  ringtalk: CustomEvent<SessionEvent>;
  error: ErrorEvent & CustomEvent<RingTalkError>;
}

/**
 * Attributes: `src` (the server; left out: where the module came from), `avatar`, `background`,
 * `token`, `mark`, `transparent`, `poster`, `captions`, `autostart`, `muted`. It sets `state` itself.
 */
export class RingTalk extends HTMLElement {
  /** Gives the token for each connection; else the attribute does. */
  tokens: (() => string | Promise<string>) | null;
  readonly state: RingTalkState;
  /** The session's id while it is live, else ''. */
  readonly sessionid: string;
  /** Resolves when the first connection stands, or is refused for good. */
  start(): Promise<void>;
  stop(): void;
  /** Word for word. */
  say(text: string, options?: SpeechOptions): Promise<unknown>;
  /** Its answer. */
  chat(text: string, options?: SpeechOptions): Promise<unknown>;
  interrupt(): Promise<void>;
  /** The microphone. Rejects with the browser's reason when there is none. */
  talk(on?: boolean): Promise<void>;
  /** Another avatar of the server. */
  show(avatar: string): Promise<void>;
  addEventListener<K extends keyof RingTalkEventMap>(
    type: K,
    listener: (this: RingTalk, event: RingTalkEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'ring-talk': RingTalk;
  }
}
