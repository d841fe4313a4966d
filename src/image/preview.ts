// Whether a recording's preview may be shown: a page draws it as it is, so a file made to keep a decoder busy is refused before.
import { bytesOfDataUrl } from './data-url';
import { jpegSides, latin1, PNG_SIGNATURE, pngSides, segmentsOf } from './segments';

/** A canvas writes about ten. */
const MOST_PREVIEW_SEGMENTS = 64;

/** What is wrong with a preview (a data URL) of an image of `width` x `height` pixels, in words; null when nothing is. */
export function previewProblem(preview: string, width: number, height: number): string | null {
  const bytes = bytesOfDataUrl(preview);
  const isPng = latin1(bytes, 0, 8) === PNG_SIGNATURE;
  if (!isPng && !(bytes[0] === 0xff && bytes[1] === 0xd8)) return 'the preview is neither a PNG nor a JPEG';
  const segments = segmentsOf(bytes, MOST_PREVIEW_SEGMENTS);
  if (segments.length > MOST_PREVIEW_SEGMENTS) return `the preview has more than ${MOST_PREVIEW_SEGMENTS} segments`;
  const sides = isPng ? pngSides(bytes) : jpegSides(bytes, segments);
  if (sides === null || (sides.width === width && sides.height === height)) return null;
  return `the preview has ${sides.width} x ${sides.height} pixels, the picture the model saw ${width} x ${height}`;
}
