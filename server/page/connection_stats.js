/**
 * What a connection carries and how fast, from WebRTC's own statistics.
 *
 * In: an RTCStatsReport now and then (W3C webrtc-stats). Out: `ConnectionStats`, over the
 * time since the last one. What a browser does not tell is null. Owns the counters of the last
 * report.
 */

/**
 * @typedef {object} ConnectionStats
 * @property {number | null} fps pictures shown per second
 * @property {number | null} roundTripMs
 * @property {number | null} soundBufferMs mean time in the jitter buffer
 * @property {number | null} pictureBufferMs
 * @property {number} packetsLost since the connection began, sound and picture
 * @property {number} packetsReceived
 * @property {number | null} kbps
 * @property {number} bytesReceived
 * @property {number | null} width
 * @property {number | null} height
 * @property {string} codecs such as "H264, opus"
 */

/** @typedef {Record<string, any>} Stat */

/**
 * @param {RTCStatsReport} report
 * @param {string} type
 * @param {(stat: Stat) => boolean} [wanted]
 * @returns {Stat | undefined}
 */
function find(report, type, wanted = () => true) {
  for (const stat of report.values()) if (stat.type === type && wanted(stat)) return stat;
  return undefined;
}

/**
 * @param {RTCStatsReport} report
 * @returns {number | null}
 */
function roundTripMs(report) {
  const id = find(report, 'transport')?.selectedCandidatePairId;
  const pair =
    (id && report.get(id)) ??
    find(report, 'candidate-pair', (stat) => stat.selected ?? stat.nominated);
  const seconds = pair?.currentRoundTripTime;
  return typeof seconds === 'number' ? seconds * 1000 : null;
}

/**
 * How fast `over` grew for each step of `by`.
 * @param {Stat | undefined} now
 * @param {Stat | undefined} before
 * @param {string} over
 * @param {string} by
 * @returns {number | null}
 */
function slope(now, before, over, by) {
  if (!now || !before || now.id !== before.id) return null;
  const rise = now[over] - before[over];
  const run = now[by] - before[by];
  return run > 0 && Number.isFinite(rise) ? rise / run : null;
}

/** @param {number | null} seconds */
const inMs = (seconds) => (seconds === null ? null : seconds * 1000);

/** @param {number | null} eachMs */
const perSecond = (eachMs) => (eachMs === null ? null : eachMs * 1000);

/**
 * @param {RTCStatsReport} report
 * @param {(Stat | undefined)[]} streams
 */
function codecsOf(report, streams) {
  return streams
    .map((stream) => stream?.codecId && report.get(stream.codecId)?.mimeType?.split('/')[1])
    .filter(Boolean)
    .join(', ');
}

export class StatsReader {
  /** @type {Stat | undefined} */
  #audio;
  /** @type {Stat | undefined} */
  #video;

  /**
   * @param {RTCStatsReport} report
   * @returns {ConnectionStats}
   */
  read(report) {
    const audio = find(report, 'inbound-rtp', (stat) => stat.kind === 'audio');
    const video = find(report, 'inbound-rtp', (stat) => stat.kind === 'video');
    const [audioBefore, videoBefore] = [this.#audio, this.#video];
    this.#audio = audio;
    this.#video = video;
    /** @param {string} name */
    const both = (name) => (audio?.[name] ?? 0) + (video?.[name] ?? 0);
    /** @param {string} name */
    const perMs = (name) => [
      slope(audio, audioBefore, name, 'timestamp'),
      slope(video, videoBefore, name, 'timestamp'),
    ];
    const [audioBytes, videoBytes] = perMs('bytesReceived');
    const known = audioBytes !== null && videoBytes !== null;
    /** @type {['jitterBufferDelay', 'jitterBufferEmittedCount']} */
    const waited = ['jitterBufferDelay', 'jitterBufferEmittedCount'];
    return {
      fps: perSecond(perMs('framesDecoded')[1]),
      roundTripMs: roundTripMs(report),
      soundBufferMs: inMs(slope(audio, audioBefore, ...waited)),
      pictureBufferMs: inMs(slope(video, videoBefore, ...waited)),
      packetsLost: both('packetsLost'),
      packetsReceived: both('packetsReceived'),
      kbps: known ? 8 * (audioBytes + videoBytes) : null, // bits per ms
      bytesReceived: both('bytesReceived'),
      width: video?.frameWidth ?? null,
      height: video?.frameHeight ?? null,
      codecs: codecsOf(report, [video, audio]),
    };
  }
}
