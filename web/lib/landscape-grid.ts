// The grid of a reward landscape as far as it has come: values by row and column, their range, the points as CSV.
import type { ExploreEvent, Landscape } from '../../src/explore/exploration';

/** [rows][columns]; undefined where nothing has been measured yet. */
export type Grid = readonly (readonly (number | undefined)[])[];

export interface MeasuredLandscape extends Landscape {
  /** Null for a method without a reward. */
  readonly rewards: Grid | null;
  /** Null where nothing is scored. */
  readonly logprobs: Grid | null;
}

/** What the events of a landscape add up to; null before the first row's coordinates. */
export function measuredLandscape(events: readonly ExploreEvent[]): MeasuredLandscape | null {
  const plane = events.find((event) => event.type === 'landscape')?.landscape;
  if (plane === undefined) return null;
  const rows = events.flatMap((event) => (event.type === 'landscape-row' ? [event.row] : []));
  const gridOf = (pick: 'rewards' | 'logprobs'): Grid | null => {
    if (rows.length > 0 && rows[0][pick] === null) return null;
    return plane.axis.map((_, row) => {
      const values = rows.find((one) => one.row === row)?.[pick];
      return plane.axis.map((_column, column) => values?.[column]);
    });
  };
  return { ...plane, rewards: gridOf('rewards'), logprobs: plane.scored === null ? null : gridOf('logprobs') };
}

/** Least and largest value that was measured; null before the first. */
export function gridRange(grid: Grid): readonly [number, number] | null {
  const values = grid.flat().filter((value) => value !== undefined);
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}

/** One line for every point that was measured: first and second coordinate, reward, log-probability (empty where there is none). */
export function landscapeCsv({ axis, rewards, logprobs }: MeasuredLandscape): string {
  const lines = axis.flatMap((second, row) =>
    axis.flatMap((first, column) => {
      const [reward, logprob] = [rewards?.[row][column], logprobs?.[row][column]];
      return reward === undefined && logprob === undefined ? [] : [[first, second, reward ?? '', logprob ?? ''].join(',')];
    }),
  );
  return ['first,second,reward,logprob', ...lines, ''].join('\r\n');
}
