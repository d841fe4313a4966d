// Prints evaluations per second against candidates per pass, each beside its target or its floor, and judges what does not depend on a clock.
import { least, line, median, ms } from './figures';
import type { Packed } from './packed';

/** Most by which packed and separate evaluations may differ where the arithmetic has 32 bits. */
const AGREEMENT = 1e-5;
/** Candidates the target speaks of, and how many times the time of one they may take on WASM. */
const TARGET = { candidates: 16, wasm: 12 } as const;

export interface PackedContext {
  readonly wasm: boolean;
  /** Whether numbers are computed in 16 bits: nothing is promised of their agreement. */
  readonly half: boolean;
  /** Whether the decoder's graph takes many candidates in one pass. */
  readonly packs: boolean;
  /** The least a pass of so many rows and scored rows can take, in milliseconds; null where that was not measured. */
  readonly floor: ((rows: number, scored: number) => number) | null;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** @returns whether the candidates went into as few passes as they should and gave what separate passes give. */
export function printPacked(list: readonly Packed[], { wasm, half, packs, floor }: PackedContext): boolean {
  const one = least(list[0].times);
  say(`  candidates of ${list[0].rows} rows${packs ? '' : ', one to a pass: this graph takes no mask that keeps them apart'}`);
  for (const { candidates, passes, rows, scored, times } of list) {
    const took = least(times);
    const target = wasm && candidates === TARGET.candidates ? `; target: at most ${TARGET.wasm}x` : '';
    const beside = floor === null ? '' : `; floor ${ms(floor(rows, scored))}, ${(took / floor(rows, scored)).toFixed(1)}x`;
    say(
      line(
        `${candidates} in ${passes} ${passes === 1 ? 'pass' : 'passes'}`,
        `${ms(took)} least, ${ms(median(times))} median: ${((1000 * candidates) / took).toFixed(1)} evaluations/s, ` +
          `${((1000 * rows) / took).toFixed(0)} rows/s; ${(took / one).toFixed(2)}x the time of one${target}${beside}`,
      ),
    );
  }
  const difference = Math.max(...list.map((packed) => packed.difference));
  const wanted = half ? '' : `; wanted: less than ${AGREEMENT.toExponential(0)}`;
  say(line('packed and separate', `differ by ${difference.toExponential(1)} of the largest value${wanted}`));
  const together = !packs || list.every(({ candidates, passes }) => candidates > TARGET.candidates || passes === 1);
  if (!together) say(line('', `${TARGET.candidates} candidates should go into one pass`));
  return together && (half || difference < AGREEMENT);
}
