// What it takes to evaluate many candidates after one cached prompt: as many as go together in a pass, against one at a time.
import type { Cache } from '../../models/decoder/cache';
import type { Decoder, PassResult } from '../../models/decoder/decoder';
import { farthest, timed, timedEach } from './timing';

/** Numbers of candidates that are evaluated together. Where the processor computes WebGPU, 64 would take minutes and tell nothing. */
export const togetherOn = (software: boolean): readonly number[] => (software ? [1, 4, 16] : [1, 4, 16, 64]);

/** Rows of a candidate, and which of them are scored: four latents with a patch each, as a reward reads them. */
const ROWS = 8;
const SCORED = [1, 3, 5, 7] as const;
const TOP = 10;
/** A timing lasts about so long, in milliseconds, so that few candidates are timed as long as many. */
const LONG_ENOUGH = 200;

/** What one evaluation finds out. */
type Scores = Readonly<Record<'topLogits' | 'logSumExp', Float32Array>>;

export interface Packed {
  readonly candidates: number;
  /** Passes they were read in, and rows and scored rows of all of those together. */
  readonly passes: number;
  readonly rows: number;
  readonly scored: number;
  /** Milliseconds to evaluate all of them, one number per measurement. */
  readonly times: readonly number[];
  /** Largest difference from evaluating them one by one, relative to the largest value. */
  readonly difference: number;
}

export interface PackedOptions {
  /** Numbers of candidates that are evaluated together, one after another. */
  readonly together: readonly number[];
  /** Every number of candidates is timed twice a round, in turns. */
  readonly rounds: number;
}

/**
 * Evaluates candidates of 8 rows after a prompt in as few passes as the decoder allows.
 *
 * @param past the prompt's cache; it is left as it was.
 * @param nextPosition where the candidates' positions begin.
 */
export async function measurePacked(
  decoder: Decoder,
  past: Cache,
  nextPosition: number,
  { together, rounds }: PackedOptions,
): Promise<readonly Packed[]> {
  const single: Scores[] = [];
  for (let candidate = 0; candidate < Math.max(...together); candidate += 1) {
    single.push(scoresOf(await evaluate(decoder, past, nextPosition, [candidate])));
  }
  const measured = together.map((count) => ({ count, split: splitOf(decoder, past, count), times: [] as number[], difference: 0 }));
  for (const one of measured) {
    for (const chosen of one.split) {
      const found = scoresOf(await evaluate(decoder, past, nextPosition, chosen));
      one.difference = Math.max(one.difference, farthest(joined(chosen.map((candidate) => single[candidate])), found));
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    // Up and down again, so that a machine that slows down or speeds up favours none.
    for (const one of [...measured, ...measured.toReversed()]) {
      const job = async (): Promise<void> => {
        for (const chosen of one.split) await evaluate(decoder, past, nextPosition, chosen);
      };
      const first = await timed(job);
      one.times.push(first > LONG_ENOUGH / 2 ? first : await timedEach(Math.ceil(LONG_ENOUGH / first), job));
    }
    console.info(
      `candidates, round ${round + 1} of ${rounds}: ${measured.map(({ count, times }) => `${count} in ${times.at(-1)?.toFixed(1)} ms`).join(', ')}`,
    );
  }
  return measured.map(({ count, split, times, difference }) => ({
    candidates: count,
    passes: split.length,
    rows: count * ROWS,
    scored: count * SCORED.length,
    times,
    difference,
  }));
}

/** The candidates of each pass: all in one where memory allows, though the decoder by itself may choose fewer. */
function splitOf(decoder: Decoder, past: Cache, count: number): readonly (readonly number[])[] {
  return decoder.split(
    past,
    Array.from({ length: count }, () => ({ rows: ROWS, logitRows: SCORED.length })),
  );
}

/** One pass over the chosen candidates. */
export function evaluate(decoder: Decoder, past: Cache, nextPosition: number, chosen: readonly number[]): Promise<PassResult> {
  const { hiddenSize } = decoder.config;
  const rows = chosen.length * ROWS;
  const embeddings = new Float32Array(rows * hiddenSize);
  chosen.forEach((candidate, place) => {
    const first = place * ROWS * hiddenSize;
    // Unlike one another, so that a candidate that saw another's rows would be noticed.
    for (let i = 0; i < ROWS * hiddenSize; i += 1) embeddings[first + i] = 0.05 * Math.sin(i * 1.3 + candidate * 0.7);
  });
  return decoder.run({
    rows,
    embeddings,
    positions: Int32Array.from({ length: 3 * rows }, (_, i) => nextPosition + (i % ROWS)),
    candidates: chosen.map(() => ROWS),
    past,
    logitRows: chosen.flatMap((_, place) => SCORED.map((row) => place * ROWS + row)),
    topK: TOP,
  });
}

const scoresOf = ({ facts: { topLogits, logSumExp } }: PassResult): Scores => ({ topLogits, logSumExp });

function joined(list: readonly Scores[]): Scores {
  const part = (name: keyof Scores): Float32Array => Float32Array.from(list.flatMap((scores) => [...scores[name]]));
  return { topLogits: part('topLogits'), logSumExp: part('logSumExp') };
}
