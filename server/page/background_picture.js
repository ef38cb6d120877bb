/**
 * A picture of the user's own, made fit to be sent.
 *
 * In: a file that the browser can read as a picture, upright or turned, of any size. Out: a JPEG
 * no larger than a session can show. Owns nothing.
 */

/** The shorter side of what the server keeps. */
const SHORT_SIDE = 1080;
const QUALITY = 0.92;

/** The file is no picture that this browser can read. */
export class PictureError extends Error {
  constructor() {
    super('');
    this.name = 'PictureError';
  }
}

/**
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export async function downscaled(file) {
  const picture = await decoded(file);
  const scale = Math.min(1, SHORT_SIDE / Math.min(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const drawing = canvas.getContext('2d');
  if (!drawing) throw new PictureError();
  drawing.fillStyle = 'white'; // behind what is transparent
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.imageSmoothingQuality = 'high';
  drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const sent = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
  if (!(sent instanceof Blob)) throw new PictureError();
  return sent;
}

/** @param {Blob} file */
async function decoded(file) {
  try {
    return await createImageBitmap(file);
  } catch (error) {
    if (error instanceof DOMException) throw new PictureError();
    throw error;
  }
}
