// Walks the segments of a JPEG, PNG or WebP file in one pass, however many there are; what lies in them is not looked at.

/** One segment of a JPEG, or one chunk of a PNG or WebP; offsets are in bytes from the file's beginning. */
export interface Segment {
  /** A JPEG marker as two hexadecimal digits (`e1`), or the four characters of a chunk's type. */
  readonly kind: string;
  /** Where it begins, where its content begins, and where it ends (within the file, also when the file is cut short). */
  readonly from: number;
  readonly content: number;
  readonly to: number;
}

/** A file of 50 MB in the largest segments a JPEG may have needs 800; decoders take a time that grows with the square of some. */
export const MOST_SEGMENTS = 20_000;

export const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';

/** The text of `length` bytes from `from`, one character a byte. */
export function latin1(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

/** The segments of a file by its first bytes, at most `most` and one more; none for another format. Ends where the file is broken. */
export function segmentsOf(bytes: Uint8Array, most: number): readonly Segment[] {
  const found: Segment[] = [];
  for (const segment of walk(bytes)) {
    found.push(segment);
    if (found.length > most) break;
  }
  return found;
}

/** The sides of a picture in pixels; null when the file ends before it says. */
type Sides = { readonly width: number; readonly height: number } | null;

/** The sides in a PNG's header. */
export function pngSides(bytes: Uint8Array): Sides {
  if (bytes.length < 24) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** The sides in a JPEG's frame header (SOF0 to SOF15, but the three that mean something else). */
export function jpegSides(bytes: Uint8Array, segments: readonly Segment[]): Sides {
  const frame = segments.find(({ kind }) => /^c[0-35-79-bd-f]$/.test(kind));
  if (!frame || frame.content + 5 > frame.to) return null;
  const [high, low, left, right] = bytes.subarray(frame.content + 1, frame.content + 5);
  return { width: 256 * left + right, height: 256 * high + low };
}

function walk(bytes: Uint8Array): Iterable<Segment> {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegSegments(bytes);
  if (latin1(bytes, 0, 8) === PNG_SIGNATURE) return pngChunks(bytes);
  if (latin1(bytes, 0, 4) === 'RIFF' && latin1(bytes, 8, 4) === 'WEBP') return webpChunks(bytes);
  return [];
}

/** Up to the end of the picture. Compressed data belongs to no segment: a marker is looked for behind each, as decoders do. */
function* jpegSegments(bytes: Uint8Array): Generator<Segment> {
  for (let at = nextMarker(bytes, 2); at < bytes.length;) {
    const kind = bytes[at].toString(16);
    const [from, bare] = [at - 1, kind === 'd8' || kind === 'd9'];
    const length = bare ? 0 : 256 * bytes[at + 1] + bytes[at + 2];
    if (!bare && !(length >= 2)) return;
    const to = Math.min(at + 1 + length, bytes.length);
    yield { kind, from, content: Math.min(at + (bare ? 1 : 3), to), to };
    if (kind === 'd9') return;
    at = nextMarker(bytes, to);
  }
}

/** Where the next marker's second byte is, restart markers left out; the file's length when there is none. */
function nextMarker(bytes: Uint8Array, from: number): number {
  // A plain loop: searching natively is no faster in ordinary data, and 30 times slower where every other byte is 0xff.
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue;
    while (bytes[at] === 0xff) at += 1;
    const marker = bytes[at];
    if (marker > 1 && !(marker >= 0xd0 && marker <= 0xd7)) return at;
  }
  return bytes.length;
}

/** Up to IEND; neighbouring IDAT chunks are one, as their data is. */
function* pngChunks(bytes: Uint8Array): Generator<Segment> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let data = null as Segment | null;
  for (let from = 8; from + 8 <= bytes.length;) {
    const kind = latin1(bytes, from + 4, 4);
    const to = Math.min(from + 12 + view.getUint32(from), bytes.length);
    if (kind === 'IDAT') {
      data = { kind, from: data?.from ?? from, content: data?.content ?? from + 8, to };
    } else {
      if (data !== null) yield data;
      data = null;
      yield { kind, from, content: from + 8, to };
      if (kind === 'IEND') return;
    }
    from = to;
  }
  if (data !== null) yield data;
}

/** Chunks of an even number of bytes. */
function* webpChunks(bytes: Uint8Array): Generator<Segment> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let from = 12; from + 8 <= bytes.length;) {
    const size = view.getUint32(from + 4, true);
    const to = Math.min(from + 8 + size + (size % 2), bytes.length);
    yield { kind: latin1(bytes, from, 4), from, content: from + 8, to };
    from = to;
  }
}
