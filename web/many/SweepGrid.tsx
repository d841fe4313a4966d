// A measure over the values of two settings: a table whose cells are coloured by their numbers.
import type { SettingField } from '../../src/settings/field';
import { valueDomain } from '../lib/chart-scale';
import { divergingColour, readableInk, toCss } from '../lib/color-map';
import { useResolvedTheme } from '../lib/resolved-theme';
import { manyText } from '../strings/many';
import styles from './Many.module.css';
import type { Summed } from './sweep';
import type { Axis } from './sweep-plan';
import { measured, type Measure, valueWords } from './sweep-words';

interface Props {
  /** Two: that of the rows, then that of the columns. */
  readonly axes: readonly Axis[];
  readonly fields: Readonly<Record<string, SettingField>>;
  /** Of every combination, the columns' setting fastest. */
  readonly sums: readonly Summed[];
  readonly measure: Measure;
}

export function SweepGrid({ axes: [down, across], fields, sums, measure }: Props) {
  const theme = useResolvedTheme();
  const values = sums.flatMap((sum) => sum[measure] ?? []);
  const [low, high] = measure === 'reward' ? valueDomain(values, [-Infinity, Infinity]) : [0, 1];
  const caption = manyText.sweep.chart(manyText.sweep.measures[measure], `${fields[down.name].label} × ${fields[across.name].label}`);
  return (
    <div className={styles['frame']} tabIndex={0} role="group" aria-label={caption}>
      <table className={styles['gridTable']}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <td>
              {fields[down.name].label} ↓ {fields[across.name].label} →
            </td>
            {across.values.map((value) => (
              <th key={String(value)} scope="col">
                {valueWords(fields[across.name], value)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {down.values.map((value, row) => (
            <tr key={String(value)}>
              <th scope="row">{valueWords(fields[down.name], value)}</th>
              {across.values.map((other, column) => {
                const sum = sums[row * across.values.length + column];
                const number = sum[measure];
                if (number === null) return <td key={String(other)}>{sum.failed > 0 ? manyText.sweep.failure : ''}</td>;
                const background = divergingColour((number - low) / (high - low), theme);
                return (
                  <td key={String(other)} style={{ background: toCss(background), color: toCss(readableInk(background, theme)) }}>
                    {measured(measure, number)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
