// Encoded picture bytes to pixels, upright, on white, with colours as stored: for the model and for the page; and pixels back to a file.
import { fault } from '../src/errors';
import { barePicture } from '../src/image/bare';
import { flattenOnWhite } from '../src/image/flatten';
import { uprightSides, uprightTransform, type Orientation } from '../src/image/orientation';
import type { RgbPicture } from '../src/image/resize';
import { checkPixels, sniffImage } from '../src/image/sniff';
import type { Picture } from '../src/engine/run-source';

/** Up to so many bytes a preview stays PNG, exact to the last bit; a larger one becomes JPEG. */
const PNG_PREVIEW_BYTES = 400_000;
const JPEG_QUALITY = 0.95;
/** The longer side of a picture as the page shows it, in pixels: more than its place has on a screen of two pixels a point. */
const SHOWN_SIDE = 1280;

/**
 * Decodes a picture as the processors of Python see it: first frame of an animation, turned as EXIF says, numbers as the file stores
 * them whatever its colour profile, gamma or primaries; transparency laid on white. Throws BAD_IMAGE for what is no picture, is damaged
 * or too large (told from the header where it says so, before decoding).
 */
export async function decodeImage(picture: Picture): Promise<RgbPicture> {
  const context = await drawn(picture, Infinity);
  const { width, height } = context.canvas;
  return flattenOnWhite(context.getImageData(0, 0, width, height).data, width, height);
}

/** The picture that `decodeImage` gives, as a PNG for a page to show, scaled down to `SHOWN_SIDE`. Throws what `decodeImage` throws. */
export async function shownPicture(picture: Picture): Promise<Blob> {
  const context = await drawn(picture, SHOWN_SIDE);
  const { width, height } = context.canvas;
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = 'white';
  context.resetTransform();
  context.fillRect(0, 0, width, height);
  return context.canvas.convertToBlob({ type: 'image/png' });
}

/** The decoded picture on a canvas of its own, upright, no side longer than `most`. */
async function drawn(picture: Picture, most: number): Promise<OffscreenCanvasRenderingContext2D> {
  const name = picture.name || 'The picture';
  const { bitmap, orientation } = await decoded(new Uint8Array(picture.bytes), name);
  try {
    checkPixels(bitmap.width, bitmap.height, name);
    const { width, height } = uprightSides(bitmap.width, bitmap.height, orientation);
    const scale = Math.min(1, most / Math.max(width, height));
    const context = canvasContext(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
    context.imageSmoothingEnabled = scale < 1;
    context.imageSmoothingQuality = 'medium';
    context.scale(context.canvas.width / width, context.canvas.height / height);
    context.transform(...uprightTransform(bitmap.width, bitmap.height, orientation));
    context.drawImage(bitmap, 0, 0);
    return context;
  } finally {
    bitmap.close();
  }
}

async function decoded(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<{ bitmap: ImageBitmap; orientation: Orientation }> {
  const sniffed = sniffImage(bytes, name);
  const { parts, orientation } = barePicture(bytes, sniffed);
  try {
    const bitmap = await createImageBitmap(new Blob([...parts], { type: sniffed.type }), {
      colorSpaceConversion: 'none',
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
    });
    return { bitmap, orientation };
  } catch (error) {
    throw fault(
      'BAD_IMAGE',
      `${name} could not be decoded; the file seems damaged.`,
      'Open it in an image program and save it again as PNG or JPEG.',
      {
        detail: String(error),
      },
    );
  }
}

/** The picture as a data URL: PNG, or JPEG when that would be large. */
export async function previewOf(picture: RgbPicture): Promise<string> {
  const { width, height, data } = picture;
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    rgba[4 * pixel] = data[3 * pixel];
    rgba[4 * pixel + 1] = data[3 * pixel + 1];
    rgba[4 * pixel + 2] = data[3 * pixel + 2];
  }
  const context = canvasContext(width, height);
  context.putImageData(new ImageData(rgba, width, height), 0, 0);
  let blob = await context.canvas.convertToBlob({ type: 'image/png' });
  if (blob.size > PNG_PREVIEW_BYTES) blob = await context.canvas.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY });
  return `data:${blob.type};base64,${toBase64(new Uint8Array(await blob.arrayBuffer()))}`;
}

function canvasContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
  if (!context) throw fault('OUT_OF_MEMORY', 'There was no memory for the picture.', 'Use a smaller picture.', { retry: true });
  return context;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
