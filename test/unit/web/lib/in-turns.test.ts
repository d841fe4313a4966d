// Long work in turns: all of it is done in order, others get their turn in between, and what it throws arrives.
import { expect, test } from 'vitest';
import { inTurns } from '../../../../web/lib/in-turns';

/** Takes a turn's time for each piece. */
function* slowly(pieces: number, done: number[]): Generator<void, string, undefined> {
  for (let piece = 0; piece < pieces; piece++) {
    const until = performance.now() + 15;
    while (performance.now() < until);
    done.push(piece);
    yield;
  }
  return 'all';
}

test('gives way after each turn, and resolves with what the work returns', async () => {
  const done: number[] = [];
  const seen: number[] = [];
  const next = async (): Promise<void> => void seen.push(done.length);
  expect(await inTurns(slowly(4, done), next)).toBe('all');
  expect(seen).toEqual([1, 2, 3, 4]);
});

test('short work takes one turn, and a fault rejects', async () => {
  let turns = 0;
  const next = async (): Promise<void> => void (turns += 1);
  function* failing(): Generator<void, never, undefined> {
    yield;
    throw new Error('broken');
  }
  await expect(inTurns(failing(), next)).rejects.toThrow('broken');
  expect(turns).toBe(0);
});
