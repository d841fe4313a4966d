// Encoded picture bytes to plain RGB in the worker, upright, on white, with colours as stored; and RGB back to a small PNG or JPEG.
import { fault } from '../src/errors';
import { flattenOnWhite } from '../src/image/flatten';
import type { RgbPicture } from '../src/image/resize';
import { checkPixels, sniffImage } from '../src/image/sniff';
import type { Picture } from '../src/engine/run-source';

/** Up to so many bytes a preview stays PNG, exact to the last bit; a larger one becomes JPEG. */
const PNG_PREVIEW_BYTES = 400_000;
const JPEG_QUALITY = 0.95;

/**
 * Decodes a picture: first frame of an animation, EXIF rotation applied, transparency laid on white. Throws BAD_IMAGE for
 * what is no picture, is damaged or too large (told from the header where it says so, before decoding).
 */
export async function decodeImage(picture: Picture): Promise<RgbPicture> {
  const bytes = new Uint8Array(picture.bytes);
  const name = picture.name || 'The picture';
  const { type } = sniffImage(bytes, name);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes], { type }), { premultiplyAlpha: 'none', imageOrientation: 'from-image' });
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
  try {
    const { width, height } = bitmap;
    checkPixels(width, height, name);
    const context = canvasContext(width, height);
    context.drawImage(bitmap, 0, 0);
    return flattenOnWhite(context.getImageData(0, 0, width, height).data, width, height);
  } finally {
    bitmap.close();
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
