// The text of a file that a person gives: UTF-8, or UTF-16 with its mark.
import { fault } from '../../src/errors';

/**
 * Decodes the bytes of a file.
 *
 * @throws EngineFault BAD_INPUT that says in which line the first byte stands that is no UTF-8.
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(mark, { fatal: true }).decode(bytes);
  } catch {
    const line = mark === 'utf-8' ? ` (line ${lineOfFault(bytes)})` : '';
    throw fault('BAD_INPUT', `"${path}" is not text in UTF-8${line}.`, 'Save it as UTF-8.');
  }
}

/** The line in which the text stops being UTF-8. */
function lineOfFault(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let from = 0;
  for (let to = bytes.indexOf(0x0a); to >= 0; to = bytes.indexOf(0x0a, from)) {
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    line += 1;
    from = to + 1;
  }
  return line;
}
