/**
 * What went wrong, in words for the person in front of the page.
 *
 * In: an error and what was being done. Out: a key of strings.js, its values, and the
 * server's own message as the detail. Owns nothing.
 */

import { ApiError } from './api.js';
import { MicrophoneError } from './microphone.js';
import { PeerError } from './peer.js';
import { PictureError } from './background_picture.js';

/** @typedef {import('./strings.js').StringKey} StringKey */
/** @typedef {'session' | 'text' | 'chat' | 'file' | 'microphone' | 'background' | 'avatar' |
 *   'operations' | 'making' | 'record'} Action */
/** @typedef {{ key: StringKey, values: Record<string, number>, detail: string }} ErrorMessage */

/** @type {Record<number, StringKey>} */
const BY_STATUS = {
  0: 'unreachable',
  400: 'badRequest',
  404: 'gone',
  408: 'timedOut',
  413: 'tooLarge',
  415: 'notSound',
  422: 'cannotSay',
  429: 'tooMany',
  503: 'notReady',
};

/** Where another background was wanted. @type {Record<number, StringKey>} */
const BACKGROUND_BY_STATUS = {
  404: 'backgroundGone',
  409: 'backgroundFixed',
  413: 'backgroundTooLarge',
  415: 'notPicture',
  422: 'notPicture',
};

/** Where an avatar was to be made or changed. @type {Record<number, StringKey>} */
const MAKING_BY_STATUS = {
  0: 'unreachable',
  404: 'makingGone',
  408: 'timedOut',
  409: 'makingTaken',
  413: 'makingTooLarge',
  422: 'makingRefused',
  429: 'makingFull',
  507: 'makingNoRoom',
};

/** Where a film was wanted. @type {Record<number, StringKey>} */
const RECORD_BY_STATUS = { 404: 'recordGone', 409: 'recordBusy', 507: 'recordNoRoom' };

/**
 * @param {ApiError} error
 * @param {Action} action
 * @returns {StringKey}
 */
function keyOf({ status, retryAfter }, action) {
  if (action === 'making') return MAKING_BY_STATUS[status] ?? (status >= 500 ? 'broken' : 'badRequest');
  if (action === 'background' && status in BACKGROUND_BY_STATUS) {
    return BACKGROUND_BY_STATUS[status];
  }
  if (action === 'record' && status in RECORD_BY_STATUS) return RECORD_BY_STATUS[status];
  if (action === 'operations' && status === 403) return 'operationsClosed';
  if (action === 'operations' && status === 404) return 'operationsAway';
  if (action === 'avatar' && (status === 422 || status === 507)) return 'avatarBroken';
  if (action === 'file' && status === 0) return 'uploadCut';
  if (action === 'file' && status === 422) return 'brokenSound';
  if (action === 'chat' && status === 503 && retryAfter === null) return 'noAnswers';
  if (action === 'session' && status === 503) return retryAfter ? 'busy' : 'busySoon';
  if (action === 'session' && status === 404) return 'unreachable';
  return BY_STATUS[status] ?? (status >= 500 ? 'broken' : 'badRequest');
}

/**
 * @param {unknown} error
 * @param {Action} action
 * @returns {ErrorMessage}
 */
export function explain(error, action) {
  if (error instanceof PeerError) return { key: error.fault, values: {}, detail: '' };
  if (error instanceof ApiError) {
    const seconds = error.retryAfter ?? 0;
    return { key: keyOf(error, action), values: { seconds }, detail: error.message };
  }
  if (error instanceof PictureError) return { key: 'notPicture', values: {}, detail: '' };
  if (error instanceof MicrophoneError) {
    return { key: error.fault, values: {}, detail: error.message };
  }
  return { key: 'broken', values: {}, detail: error instanceof Error ? error.message : '' };
}
