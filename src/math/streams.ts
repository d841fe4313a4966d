// Random streams by name: one seed gives every part of a run numbers of its own, the same in every browser.
import { createRandom, type Random } from './random';

/** Streams that had a number before they had a name; recordings and golden numbers were made with these. */
const NUMBERED: Readonly<Record<string, number>> = { 'latent noise': 0 };
const PICTURE_NOISE = /^picture noise (\d{1,3})$/;

/**
 * The generator of the stream `name` of a seed. Different names give independent streams for all practical purposes: 'latent
 * noise' is stream 0, 'picture noise d' stream 1 + d, any other the FNV-1a hash of its name with the highest bit set.
 */
export function openStream(seed: number, name: string): Random {
  return createRandom(seed, streamNumber(name));
}

function streamNumber(name: string): number {
  if (Object.hasOwn(NUMBERED, name)) return NUMBERED[name];
  const picture = PICTURE_NOISE.exec(name);
  if (picture !== null) return 1 + Number(picture[1]);
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(Array.from(name, (character) => character.codePointAt(0) ?? 0))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash | 0x80000000) >>> 0;
}
