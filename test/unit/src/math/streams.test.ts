// Named streams of random numbers: apart from one another, the same for a seed, and those with a past as they were.
import { expect, test } from 'vitest';
import { createRandom, normalArray, type Random } from '../../../../src/math/random';
import { openStream } from '../../../../src/math/streams';

const some = (random: Random): number[] => [...normalArray(random, 6)];
const NAMES = ['latent noise', 'picture noise 0', 'picture noise 1', 'sampling', 'baseline', 'answer', ''];

test('every name gives numbers of its own, and so does every seed', () => {
  const drawn = NAMES.flatMap((name) => [7, 8].map((seed) => JSON.stringify(some(openStream(seed, name)))));
  expect(new Set(drawn).size).toBe(2 * NAMES.length);
  for (const name of NAMES) expect(some(openStream(7, name))).toEqual(some(openStream(7, name)));
});

test('streams that recordings were made with keep their numbers', () => {
  expect(some(openStream(42, 'latent noise'))).toEqual(some(createRandom(42, 0)));
  expect(some(openStream(42, 'picture noise 0'))).toEqual(some(createRandom(42, 1)));
  expect(some(openStream(42, 'picture noise 3'))).toEqual(some(createRandom(42, 4)));
});

test('a name is hashed by its characters', () => {
  expect(some(openStream(1, 'ab'))).not.toEqual(some(openStream(1, 'ba')));
  expect(some(openStream(1, 'latent noise '))).not.toEqual(some(openStream(1, 'latent noise')));
});
