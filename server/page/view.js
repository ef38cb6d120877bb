/** Which view of the page is shown: all of it, or with `?view=face` the face alone. */

const wanted = new URLSearchParams(location.search);
if (wanted.get('view') === 'face') {
  const { showFace } = await import('./face_view.js');
  showFace(wanted);
} else {
  await import('./main.js');
}
