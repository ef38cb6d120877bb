/**
 * The server's requests about avatars that are made.
 *
 * In: files, names, ids. Out: the answer's data, or an `ApiError`. Owns nothing.
 */

import { ask, post, postJson } from './api.js';

/** @typedef {{ name: string, photo: boolean, clip: boolean, lacking: string }} Engine */
/** @typedef {{ name: string, width: number, height: number, engine: string, prepared: boolean,
 *   broken: string, builtin: boolean, sheet: boolean, default: boolean }} AvatarRow */
/** @typedef {'pending' | 'running' | 'completed' | 'failed' | 'deleted'} TaskStatus */
/** @typedef {{ task_id: string, avatar_id: string, engine: string, status: TaskStatus,
 *   progress: number, step: string, error_msg: string }} Task */

const TIMEOUT_MS = 10_000;

/** For which engines avatars are made. @returns {Promise<Engine[]>} */
export async function engines() {
  return (await ask('api/avatar/engines', { signal: AbortSignal.timeout(TIMEOUT_MS) })).data;
}

/** Who can be shown. @returns {Promise<AvatarRow[]>} */
export async function avatars() {
  return (await ask('avatars', { signal: AbortSignal.timeout(TIMEOUT_MS) })).data;
}

/**
 * Has an avatar made. No time limit: the file may be large and the network slow.
 * @param {File} file
 * @param {string} name
 * @param {string} engine
 * @returns {Promise<string>} the task's id
 */
export async function make(file, name, engine) {
  const form = new FormData();
  form.append('model', engine);
  if (engine === 'wav2lip') form.append('img_size', '96'); // LiveTalking's name for two engines
  form.append('avatar_id', name);
  form.append('video_file', file, file.name);
  return (await post('api/avatar/task', { body: form })).data.task_id;
}

/** @param {string} task */
export async function cancel(task) {
  await ask(`api/avatar/task/${encodeURIComponent(task)}`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

/** @param {string} name */
export async function remove(name) {
  await ask(`avatars/${encodeURIComponent(name)}`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

/**
 * @param {string} name
 * @param {string} to
 */
export async function rename(name, to) {
  await postJson(`avatars/${encodeURIComponent(name)}/rename`, { name: to });
}

/**
 * Where a picture, or the video, of an avatar is. stamp: another one shows that it may have changed.
 * @param {string} name
 * @param {'poster' | 'sheet' | 'preview'} what
 * @param {number} [stamp]
 */
export function pictureOf(name, what, stamp = 0) {
  const url = new URL(`avatars/${encodeURIComponent(name)}/${what}`, document.baseURI);
  if (stamp) url.searchParams.set('as', String(stamp));
  return url.href;
}
