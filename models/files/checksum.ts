// SHA-256 of bytes that come in pieces. The platform's own digest needs a file in memory whole.
import { createSHA256 } from 'hash-wasm';
import { throwIfAborted } from '../../src/errors';

export interface Checksum {
  update(piece: Uint8Array): void;
  /** Lower-case hex. */
  hex(): string;
}

const SLICE_BYTES = 4 * 2 ** 20;

export async function newChecksum(): Promise<Checksum> {
  const hash = (await createSHA256()).init();
  return { update: (piece) => void hash.update(piece), hex: () => hash.digest('hex') };
}

/** Lower-case hex; a few megabytes of the blob are in memory at a time. Throws CANCELLED, and what reading the blob throws. */
export async function sha256Of(blob: Blob, signal: AbortSignal): Promise<string> {
  const checksum = await newChecksum();
  for (let at = 0; at < blob.size; at += SLICE_BYTES) {
    throwIfAborted(signal);
    checksum.update(new Uint8Array(await blob.slice(at, at + SLICE_BYTES).arrayBuffer()));
  }
  return checksum.hex();
}
