// Which picture files are opened, told from their bytes before anything is decoded: format, size in pixels, and the limits.
import { fault, type EngineFault } from '../errors';
import { MOST_BYTES, MOST_PIXELS } from './limits';
import { jpegSides, latin1, MOST_SEGMENTS, PNG_SIGNATURE, pngSides, segmentsOf, type Segment } from './segments';

/** A format browsers decode, with the sides its header names; null when the header does not say. */
export interface SniffedImage {
  readonly type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/avif' | 'image/gif' | 'image/bmp';
  readonly size: { readonly width: number; readonly height: number } | null;
  /** The segments of a JPEG, PNG or WebP; none for other formats. */
  readonly segments: readonly Segment[];
}
type Format = Omit<SniffedImage, 'segments'>;

const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);
const KINDS = 'PNG, JPEG, WebP, AVIF, GIF or BMP';

/**
 * Tells a whole picture file's format and size. `name` is what the messages call it.
 * @throws EngineFault BAD_IMAGE, saying what the file is and what to do, when it is empty, too large (`MOST_BYTES`,
 * `MOST_PIXELS`), in more than `MOST_SEGMENTS` pieces, or nothing that browsers decode.
 */
export function sniffImage(bytes: Uint8Array, name: string): SniffedImage {
  checkBytes(bytes.length, name);
  const segments = segmentsOf(bytes, MOST_SEGMENTS);
  if (segments.length > MOST_SEGMENTS) {
    throw bad(
      name,
      `has more than ${MOST_SEGMENTS} segments, of which a picture needs a few`,
      'Open it in an image program and save it again as PNG or JPEG.',
    );
  }
  const format = formatOf(bytes, segments, name);
  if (format.size !== null) checkPixels(format.size.width, format.size.height, name);
  return { ...format, segments };
}

/** Throws BAD_IMAGE for a file that is empty or has more than `MOST_BYTES`; to be asked before a file is read. */
export function checkBytes(size: number, name: string): void {
  if (size === 0) throw bad(name, 'is empty', 'Choose another picture.');
  if (size <= MOST_BYTES) return;
  throw bad(name, `has ${Math.ceil(size / 1e6)} MB`, `Choose a picture of at most ${MOST_BYTES / 1e6} MB.`);
}

/** Throws BAD_IMAGE for a picture of more than `MOST_PIXELS`. */
export function checkPixels(width: number, height: number, name: string): void {
  if (width * height <= MOST_PIXELS) return;
  throw bad(
    name,
    `is ${width} x ${height} pixels; Noema opens pictures of up to ${MOST_PIXELS / 1e6} million pixels`,
    'Scale it down first: the model looks at a small copy anyway.',
  );
}

function formatOf(bytes: Uint8Array, segments: readonly Segment[], name: string): Format {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, length: number): string => latin1(bytes, from, length);
  if (text(0, 8) === PNG_SIGNATURE) {
    return { type: 'image/png', size: pngSides(bytes) };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return { type: 'image/jpeg', size: jpegSides(bytes, segments) };
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') {
    return { type: 'image/gif', size: bytes.length >= 10 ? { width: view.getUint16(6, true), height: view.getUint16(8, true) } : null };
  }
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') return { type: 'image/webp', size: webpSize(view, text(12, 4)) };
  if (text(0, 2) === 'BM' && bytes.length >= 26) return { type: 'image/bmp', size: bmpSize(view) };
  if (text(4, 4) === 'ftyp') {
    // The main brand, a version, and the brands it is compatible with: an AVIF may call itself "mif1" first.
    const brands: readonly string[] = text(8, Math.max(0, Math.min(64, view.getUint32(0) - 8))).match(/.{4}/gs) ?? [];
    if (brands.includes('avif') || brands.includes('avis')) return { type: 'image/avif', size: avifSize(view) };
    if (brands.some((brand) => HEIC_BRANDS.has(brand))) {
      throw bad(
        name,
        'is a HEIC picture, which browsers cannot open',
        'Save it as JPEG or PNG (on an iPhone: share it, or set the camera to "Most Compatible").',
      );
    }
    throw bad(name, 'is a video or an unknown container', `Use a still picture: ${KINDS}.`);
  }
  throw bad(name, `is ${otherKind(bytes, text)}, not a picture Noema can open`, `Use ${KINDS}.`);
}

function otherKind(bytes: Uint8Array, text: (from: number, length: number) => string): string {
  if (text(0, 5) === '%PDF-') return 'a PDF';
  if (text(0, 2) === 'PK') return 'a ZIP or Office file';
  if (text(0, 4) === 'II*\0' || text(0, 4) === 'MM\0*') return 'a TIFF or raw camera file';
  const head = text(0, 512);
  if (/<svg[\s>]/i.test(head)) return 'an SVG drawing';
  if (/^\s*<(!doctype|html)/i.test(head)) return 'a web page';
  if (bytes.subarray(0, 512).every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127)))
    return 'a text file';
  return 'of an unknown kind';
}

/** The sides of a BMP; the oldest headers have 16 bits for each. */
function bmpSize(view: DataView): Format['size'] {
  if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

/** The largest of the sizes (`ispe` boxes: version, width, height) that the file's head names; tiles name their own. */
function avifSize(view: DataView): Format['size'] {
  const end = Math.min(view.byteLength - 16, 65_536);
  let largest: Format['size'] = null;
  for (let at = 8; at <= end; at += 1) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (largest === null || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}

function webpSize(view: DataView, chunk: string): Format['size'] {
  if (view.byteLength < 30) return null;
  const three = (at: number): number => view.getUint16(at, true) + 65536 * view.getUint8(at + 2);
  if (chunk === 'VP8X') return { width: three(24) + 1, height: three(27) + 1 };
  if (chunk === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk !== 'VP8L') return null;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function bad(name: string, what: string, action: string): EngineFault {
  return fault('BAD_IMAGE', `${name || 'The file'} ${what}.`, action);
}
