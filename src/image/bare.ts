// Leaves out of a picture file what is no pixels: profiles, notes, thumbnails, later frames; and tells how the rest is to be turned.
import { exifOrientation, type Orientation } from './orientation';
import { latin1, type Segment } from './segments';
import type { SniffedImage } from './sniff';

/** A picture file of pixels alone. */
export interface BarePicture {
  /** The file's bytes, in order. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
  /** How the stored picture is to be turned; 1 where the format's decoder does it (AVIF). */
  readonly orientation: Orientation;
}

/**
 * The same JPEG, PNG or WebP without what surrounds its pixels, so that every browser decodes the same, colours as they are stored, in a
 * time that grows with the pixels; of an animation the first frame stays. Other formats are given back as they are.
 */
export function barePicture(bytes: Uint8Array<ArrayBuffer>, { type, segments }: SniffedImage): BarePicture {
  switch (type) {
    case 'image/jpeg':
      return bareJpeg(bytes, segments);
    case 'image/png':
      return barePng(bytes, segments);
    case 'image/webp':
      return bareWebp(bytes, segments);
    default:
      return { parts: [bytes], orientation: 1 };
  }
}

/** Application segments and comments go, but JFIF and Adobe's, which say how colours are coded. */
function bareJpeg(bytes: Uint8Array<ArrayBuffer>, segments: readonly Segment[]): BarePicture {
  const exif = segments.find(({ kind, content }) => kind === 'e1' && latin1(bytes, content, 6) === 'Exif\0\0');
  const dropped = segments.filter(({ kind }) => kind === 'fe' || (kind.startsWith('e') && kind !== 'e0' && kind !== 'ee'));
  return { parts: without(bytes, dropped), orientation: orientationIn(bytes, exif) };
}

/** Chunks go that a decoder may leave out (their type begins with a small letter), but transparency. */
function barePng(bytes: Uint8Array<ArrayBuffer>, segments: readonly Segment[]): BarePicture {
  const exif = segments.find(({ kind }) => kind === 'eXIf');
  const dropped = segments.filter(({ kind }) => /^[a-z]/.test(kind) && kind !== 'tRNS');
  return { parts: without(bytes, dropped), orientation: orientationIn(bytes, exif) };
}

const WEBP_HEADER = 12;
/** In the first byte of VP8X: that the file has a profile, EXIF, XMP. */
const [PROFILE, EXIF, XMP] = [0x20, 0x08, 0x04];
const WEBP_PIXELS = new Set(['VP8X', 'ALPH', 'ANIM', 'ANMF', 'VP8 ', 'VP8L']);
const WEBP_FRAME = new Set(['ANMF', 'VP8 ', 'VP8L']);

/** Only the extended form has anything beside its pixels; nothing is kept behind its first frame. */
function bareWebp(bytes: Uint8Array<ArrayBuffer>, segments: readonly Segment[]): BarePicture {
  const [extended] = segments;
  if (extended?.kind !== 'VP8X' || extended.content + 10 > bytes.length) return { parts: [bytes], orientation: 1 };
  const flags = bytes[extended.content];
  const exif = (flags & EXIF) === 0 ? undefined : segments.find(({ kind }) => kind === 'EXIF');
  const frame = segments.findIndex(({ kind }) => WEBP_FRAME.has(kind));
  const kept = segments.slice(0, frame + 1).filter(({ kind }) => WEBP_PIXELS.has(kind));
  const parts = kept.map(({ from, to }) => bytes.slice(from, to));
  if (frame < 0 || kept[0] !== extended) return { parts: [bytes], orientation: 1 };
  parts[0][8] = flags & ~(PROFILE | EXIF | XMP);
  const header = bytes.slice(0, WEBP_HEADER);
  new DataView(header.buffer).setUint32(
    4,
    parts.reduce((sum, part) => sum + part.length, 4),
    true,
  );
  return { parts: [header, ...parts], orientation: orientationIn(bytes, exif) };
}

function orientationIn(bytes: Uint8Array, exif: Segment | undefined): Orientation {
  return exif ? exifOrientation(bytes.subarray(exif.content, exif.to)) : 1;
}

/** What lies between the dropped segments. */
function without(bytes: Uint8Array<ArrayBuffer>, dropped: readonly Segment[]): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let from = 0;
  for (const segment of dropped) {
    if (segment.from > from) parts.push(bytes.subarray(from, segment.from));
    from = segment.to;
  }
  if (from < bytes.length) parts.push(bytes.subarray(from));
  return parts;
}
