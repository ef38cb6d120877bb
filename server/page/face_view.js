/**
 * The face alone, for iframes and kiosks: `/?view=face`, which the server answers with face.html.
 *
 * In: the query. `avatar`, `background`, `token` and `mark` are the element's attributes, `start=1`
 * connects at once, `captions=1` shows what is said. Out: a <ring-talk> that fills the window. Owns the page.
 */

import './ringtalk.js';

const wanted = new URLSearchParams(location.search);
const face = document.createElement('ring-talk');
for (const name of ['avatar', 'background', 'token', 'mark']) {
  const value = wanted.get(name);
  if (value) face.setAttribute(name, value);
}
face.toggleAttribute('autostart', wanted.get('start') === '1');
face.toggleAttribute('captions', wanted.get('captions') === '1');
face.dataset.testid = 'face';
document.body.replaceChildren(face);
