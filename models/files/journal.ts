// The journal kept beside a stored file: what it will be, how much of it is good, and whether it is complete.
import * as v from 'valibot';
import type { FileFacts } from './model-folder';

const size = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));

const schema = v.object({
  /** What the file will be in the end, as far as it is known. */
  bytes: size,
  sha256: v.nullable(v.string()),
  /** ETag, or else Last-Modified, of the response it began with. */
  validator: v.nullable(v.string()),
  /** All bytes up to here are known to be good: the file was closed in order at this size. */
  safe: v.number(),
  complete: v.boolean(),
});

export type Journal = v.InferOutput<typeof schema>;

export const newJournal = ({ bytes, sha256 }: FileFacts): Journal => ({ bytes, sha256, validator: null, safe: 0, complete: false });

/** Null when there is none, or it cannot be read. */
export function parseJournal(value: unknown): Journal | null {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : null;
}

/** Whether the stored file is, or will be, the one of `facts`; what one of them does not know does not tell them apart. */
export function isSameFile(journal: Journal, facts: FileFacts): boolean {
  const agree = <T>(a: T | null, b: T | null): boolean => a === null || b === null || a === b;
  return agree(journal.sha256, facts.sha256) && agree(journal.bytes, facts.bytes);
}

/**
 * How many of the `stored` bytes to go on from. Bytes are made durable chunk by chunk, each before the next one is begun: after a
 * crash the last chunk begun may be full of holes, whatever its size says.
 */
export function trustedBytes(journal: Journal, stored: number, chunkBytes: number): number {
  return journal.safe <= stored ? Math.max(journal.safe, Math.floor(stored / chunkBytes) * chunkBytes) : 0;
}
