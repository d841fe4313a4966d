// How a picture is to be turned: the orientation of EXIF, numbered as there.

/** 1: as stored; 2: mirrored; 3: upside down; 4: mirrored upside down; 5 to 8: the same four with rows and columns exchanged. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const TAG = 0x0112;
/** Bytes of one number: BYTE, SHORT and LONG, as readers accept them for this tag. */
const NUMBER_BYTES: Readonly<Record<number, 1 | 2 | 4>> = { 1: 1, 3: 2, 4: 4 };

/** The orientation in a block of EXIF (a TIFF header, with or without `Exif` before it); 1 when it has none or is broken. */
export function exifOrientation(block: Uint8Array): Orientation {
  const tiff = String.fromCharCode(...block.subarray(0, 6)) === 'Exif\0\0' ? block.subarray(6) : block;
  if (tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let at = directory + 2; at < directory + 2 + 12 * entries && at + 12 <= tiff.length; at += 12) {
    if (view.getUint16(at, little) !== TAG) continue;
    const bytes = NUMBER_BYTES[view.getUint16(at + 2, little)];
    if (bytes === undefined || view.getUint32(at + 4, little) !== 1) return 1;
    const value = bytes === 1 ? view.getUint8(at + 8) : bytes === 2 ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** The sides of a picture once it is turned. */
export function uprightSides(width: number, height: number, orientation: Orientation): { readonly width: number; readonly height: number } {
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

/** Six numbers of a canvas's transform (a, b, c, d, e, f) that draws a stored picture of `width` x `height` upright from (0, 0). */
export function uprightTransform(
  width: number,
  height: number,
  orientation: Orientation,
): readonly [number, number, number, number, number, number] {
  switch (orientation) {
    case 1:
      return [1, 0, 0, 1, 0, 0];
    case 2:
      return [-1, 0, 0, 1, width, 0];
    case 3:
      return [-1, 0, 0, -1, width, height];
    case 4:
      return [1, 0, 0, -1, 0, height];
    case 5:
      return [0, 1, 1, 0, 0, 0];
    case 6:
      return [0, 1, -1, 0, height, 0];
    case 7:
      return [0, -1, -1, 0, height, width];
    case 8:
      return [0, -1, 1, 0, 0, width];
  }
}
