// A measure over the values of one setting: a curve where the values are numbers, points side by side where they are not.
import { useRef } from 'react';
import type { SettingField, SettingValue } from '../../src/settings/field';
import { formatNumber, formatShare } from '../../src/text/format';
import { axisTicks, type Domain, linearScale, valueDomain } from '../lib/chart-scale';
import { useSize } from '../lib/use-size';
import { manyText } from '../strings/many';
import styles from './Many.module.css';
import type { Summed } from './sweep';
import type { Axis } from './sweep-plan';
import { measured, type Measure, valueWords } from './sweep-words';

interface Props {
  readonly axis: Axis;
  readonly field: SettingField;
  readonly sums: readonly Summed[];
  readonly measure: Measure;
  /** What a reward can be at least and at most. */
  readonly rewards: Domain;
}

const HEIGHT = 220;
const EDGE = { left: 46, right: 24, top: 26, bottom: 44 } as const;
/** Least distance between two labels below the axis, CSS pixels. */
const LABEL = 44;
const text = manyText.sweep;

export function SweepChart({ axis, field, sums, measure, rewards }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const places = placesOf(axis.values, field);
  const isShare = measure !== 'reward';
  const domain: Domain = isShare
    ? [0, 1]
    : valueDomain(
        sums.flatMap(({ reward }) => reward ?? []),
        rewards,
      );
  const [left, right, bottom] = [EDGE.left, Math.max(EDGE.left + 1, width - EDGE.right), HEIGHT - EDGE.bottom];
  const x = linearScale([0, 1], [left, right]);
  const y = linearScale(domain, [bottom, EDGE.top]);
  const points = sums.flatMap((sum) => {
    const value = sum[measure];
    return value === null ? [] : [{ at: x(places.at[sum.combination]), y: y(value), value, sum }];
  });
  const ticks = axisTicks(domain);
  const name = text.measures[measure];
  const label = `${text.chart(name, field.label)}: ${points.map(({ sum, value }) => `${valueWords(field, axis.values[sum.combination])} ${measured(measure, value)}`).join(', ')}`;
  const sorted = [...points].sort((a, b) => a.at - b.at);
  return (
    <div ref={frame} className={styles['chart']}>
      {width > 0 && (
        <svg role="img" aria-label={label} width={width} height={HEIGHT}>
          {ticks.values.map((tick) => (
            <g key={tick} transform={`translate(${left} ${y(tick)})`}>
              <line className={styles['grid']} x2={right - left} />
              <text x={-8} dy="0.35em" textAnchor="end">
                {isShare ? formatShare(tick) : formatNumber(tick, ticks.decimals)}
              </text>
            </g>
          ))}
          <line className={styles['base']} x1={left} x2={right} y1={bottom} y2={bottom} />
          <text x={2} y={12}>
            {name}
          </text>
          {labelled(places.at.map((place) => x(place))).map((index) => (
            <g key={index} transform={`translate(${x(places.at[index])} ${bottom})`}>
              <line className={styles['base']} y2={5} />
              <text y={18} textAnchor={anchorAt(places.at[index])}>
                {valueWords(field, axis.values[index])}
              </text>
            </g>
          ))}
          <text x={(left + right) / 2} y={HEIGHT - 6} textAnchor="middle">
            {field.label}
          </text>
          {places.isOrdered && <polyline className={styles['line']} points={sorted.map((point) => `${point.at},${point.y}`).join(' ')} />}
          {points.map(({ at, y: place, sum, value }) => (
            <circle key={sum.combination} className={styles['point']} cx={at} cy={place} r={4}>
              <title>{`${valueWords(field, axis.values[sum.combination])}: ${measured(measure, value)}`}</title>
            </circle>
          ))}
        </svg>
      )}
    </div>
  );
}

/** Where values stand on the axis, 0..1: numbers by their size, in logarithms where their setting has such a scale; others side by side. */
function placesOf(values: readonly SettingValue[], field: SettingField): { readonly at: readonly number[]; readonly isOrdered: boolean } {
  const count = values.length;
  const sideBySide = values.map((_, index) => (count === 1 ? 0.5 : index / (count - 1)));
  if (!values.every((value) => typeof value === 'number')) return { at: sideBySide, isOrdered: false };
  const log = 'scale' in field && field.scale === 'log' && values.every((value) => value > 0);
  const sizes = values.map((value) => (log ? Math.log(value) : value));
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  return { at: low === high ? sideBySide : sizes.map(linearScale([low, high], [0, 1])), isOrdered: true };
}

/** Labels at the ends of the axis stay inside the drawing. */
const anchorAt = (place: number): 'start' | 'middle' | 'end' => (place < 0.03 ? 'start' : place > 0.97 ? 'end' : 'middle');

/** The values whose labels fit beside one another, the first ones first. */
function labelled(places: readonly number[]): number[] {
  const shown: number[] = [];
  for (const [index, place] of places.entries()) if (shown.every((other) => Math.abs(places[other] - place) >= LABEL)) shown.push(index);
  return shown;
}
