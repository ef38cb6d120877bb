/**
 * When each part of an answer began and was done, on one time line.
 *
 * In: what the server tells of a turn, in ms. Out: a span for each part. Pure functions; own
 * nothing.
 */

/** @typedef {{ part: string, from: number, until: number }} Span */

/** In the order in which they pass. */
const PARTS = ['vad', 'asr', 'llm', 'sentence', 'tts', 'face', 'delivery'];

/**
 * One after another, as `ms` of each part says.
 * @param {Record<string, number>} ms
 * @returns {Span[]}
 */
export function inARow(ms) {
  let from = 0;
  return PARTS.filter((part) => typeof ms[part] === 'number').map((part) => {
    const span = { part, from, until: from + ms[part] };
    from = span.until;
    return span;
  });
}

/**
 * Each from the step that it waits for to its own.
 * @param {Record<string, number | undefined>} steps
 * @param {number | null} delivery
 * @returns {Span[]}
 */
export function asTaken(steps, delivery) {
  /** @type {Span[]} */
  const spans = [];
  const add = (/** @type {string} */ part, /** @type {number} */ from, until = from) =>
    spans.push({ part, from: Math.min(from, until), until });
  const end = steps.turn_end ?? 0;
  const left = steps.left ?? 0;
  if (steps.turn_end !== undefined) add('vad', 0, end);
  if (steps.transcript !== undefined) add('asr', steps.words_asked ?? 0, steps.transcript);
  let ready = steps.transcript ?? 0;
  for (const [part, step] of /** @type {[string, number | undefined][]} */ ([
    ['llm', steps.first_token],
    ['sentence', steps.first_sentence],
    ['tts', steps.first_sound],
  ])) {
    if (step === undefined) continue;
    add(part, ready, step);
    ready = step;
  }
  add('face', Math.max(end, ready), left);
  if (delivery !== null) add('delivery', left, left + delivery);
  return spans;
}
