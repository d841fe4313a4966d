// Tables of plain characters, and the numbers of a report with their intervals.
import { formatNumber, formatSigned, NO_VALUE } from '../text/format';
import type { Comparison } from './comparisons';
import type { Interval } from './spread';
import type { Ranking, Share } from './statistics';

/** Columns as wide as their widest cell; the first is set left, the others right. No lines for no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((name, column) => rows.reduce((most, row) => Math.max(most, [...row[column]].length), [...name].length));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

export const percent = (share: number | null): string => (share === null ? NO_VALUE : `${formatNumber(100 * share, 1)} %`);
export const interval = ({ low, high }: Share): string => `${formatNumber(100 * low, 1)}–${formatNumber(100 * high, 1)}`;
export const probability = (p: number): string => (p < 0.001 ? '<0.001' : formatNumber(p, 3));

/** An interval in brackets, with a space before it; nothing where there is none. */
export const bracketed = (range: Interval | null, digits: number): string =>
  range === null ? '' : ` (${formatNumber(range.low, digits)}–${formatNumber(range.high, digits)})`;

/** A share with its interval: "50.0 % (15.0–85.0)". */
export const shareText = (share: Share | undefined): string =>
  share === undefined ? NO_VALUE : `${percent(share.share)} (${interval(share)})`;

/** A difference in points with its interval. */
export function points({ difference }: Pick<Comparison, 'difference'>): string {
  if (difference === null) return NO_VALUE;
  const { value, low, high } = difference;
  return `${formatSigned(100 * value, 1)} (${formatSigned(100 * low, 1)} to ${formatSigned(100 * high, 1)})`;
}

/** An area under the ROC curve with its interval. */
export function ranking({ auroc, low, high }: Ranking): string {
  return auroc === null ? `${NO_VALUE} (all right or all wrong)` : `${formatNumber(auroc)} (${formatNumber(low)}–${formatNumber(high)})`;
}
