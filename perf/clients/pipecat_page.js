/**
 * What a person in front of a Pipecat agent's page hears and sees, and when.
 *
 * In: the page's video element `#face`. Out: `window.watch`: when the ear last heard something, behind
 * the browser's own jitter buffer, and when the mouth was last seen open. Runs in the page.
 */
async () => {
  const OPEN = 0.003, LOUD = 0.02;
  const watch = { loud: 0, open: 0, dark: 0, rest: null };
  window.watch = watch;
  const video = document.querySelector('#face');
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.fftSize = 256;
  context.createMediaStreamSource(video.srcObject).connect(ear);
  const samples = new Float32Array(ear.fftSize);
  const listen = () => {
    ear.getFloatTimeDomainData(samples);
    if (samples.some((one) => Math.abs(one) > LOUD)) watch.loud = performance.now();
    setTimeout(listen, 4);
  };
  listen();
  const canvas = new OffscreenCanvas(104, 52);
  const pixels = canvas.getContext('2d', { willReadFrequently: true });
  const look = () => {
    pixels.drawImage(video, 204, 288, 104, 52, 0, 0, 104, 52);
    const seen = pixels.getImageData(0, 0, 104, 52).data;
    let dark = 0;
    for (let at = 0; at < seen.length; at += 4) dark += seen[at] + seen[at + 1] + seen[at + 2] < 200;
    watch.dark = dark / (seen.length / 4);
    watch.rest = watch.rest === null ? watch.dark : Math.min(watch.rest, watch.dark);
    if (watch.dark > watch.rest + OPEN) watch.open = performance.now();
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  watch.until = (what, after, limit) => new Promise((resolve) => {
    const end = performance.now() + limit;
    const ask = () => {
      if (watch[what] > after) resolve(watch[what]);
      else if (performance.now() > end) resolve(NaN);
      else setTimeout(ask, 2);
    };
    ask();
  });
}
