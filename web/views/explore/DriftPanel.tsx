// How far each think token is from its start, step by step: distance, cosine, or norm against the token embeddings.
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useSession } from '../../session/context';
import { useRun } from '../../session/hooks';
import { axisTicks, linearScale, spreadLabels, valueDomain } from '../../lib/chart-scale';
import { indexForKey } from '../../lib/list-keys';
import { useSize } from '../../lib/use-size';
import { exploreText } from '../../strings/explore';
import { Segmented } from '../../ui/Segmented';
import { latentHue, useMethodView } from '../run/use-run-view';
import { type DriftMeasure, driftSeries } from './drift-series';
import styles from './Explorer.module.css';
import { NumbersTable } from './NumbersTable';

const text = exploreText.drift;
const MEASURES = (Object.keys(text.measures) as DriftMeasure[]).map((value) => ({ value, label: text.measures[value].label }));
const BOX = { height: 220, left: 46, right: 34, top: 10, bottom: 24 } as const;
/** From one name to the next, CSS pixels. */
const LABEL_GAP = 13;
/** What each measure can be at least and at most. */
const RANGES = { drift: [0, Infinity], cosine: [-1, 1], norm: [0, Infinity] } as const;

export function DriftPanel() {
  const steps = useRun((store) => store.state.steps);
  const model = useRun((store) => store.state.started?.model ?? null);
  const view = useMethodView();
  const [measure, setMeasure] = useState<DriftMeasure>('drift');
  const series = useMemo(() => driftSeries(steps, view.moved, measure, model), [steps, view, measure, model]);
  const { label, help } = text.measures[measure];
  const known = series.some((line) => line.some((value) => value !== undefined));
  return (
    <div className={styles.panel}>
      <p className="note">{text.lead}</p>
      {series.length === 0 || view.appends ? (
        <p className="note">{view.appends ? text.unmoved(view.latents.many) : exploreText.noLatents}</p>
      ) : (
        <>
          <Segmented legend={text.legend} value={measure} options={MEASURES} onChange={setMeasure} />
          <p className="note">{help}</p>
          {known ? <DriftChart series={series} measure={measure} /> : <p className="note">{text.missing}</p>}
          {known && (
            <NumbersTable
              caption={text.chart(label)}
              columns={[exploreText.table.step, ...series.map((_, latent) => exploreText.latent(latent))]}
              rows={steps.map(({ step }) => [String(step), ...series.map((line) => text.value(line[step]))])}
            />
          )}
        </>
      )}
    </div>
  );
}

function DriftChart({
  series,
  measure,
}: {
  readonly series: readonly (readonly (number | undefined)[])[];
  readonly measure: DriftMeasure;
}) {
  const { playback } = useSession();
  const ref = useRef<HTMLDivElement>(null);
  const { width } = useSize(ref);
  const cursor = useRun((store) => store.cursor.step);
  const last = Math.max(1, series[0].length - 1);
  const domain = valueDomain(
    series.flat().filter((value) => value !== undefined),
    RANGES[measure],
  );
  const x = linearScale([0, last], [BOX.left, Math.max(BOX.left + 1, width - BOX.right)]);
  const y = linearScale(domain, [BOX.height - BOX.bottom, BOX.top]);
  const { values, decimals } = axisTicks(domain);
  const ends = series.map((line) => y(line.findLast((value) => value !== undefined) ?? domain[0]));
  const labels = spreadLabels(ends, LABEL_GAP, BOX.top, BOX.height - BOX.bottom);
  const go = (step: number): void => playback.getState().goToStep(step);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = indexForKey(event.key, cursor, last + 1);
    if (step === null) return;
    event.preventDefault();
    go(step);
  };
  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    const place = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const step = Math.round(((place - BOX.left) / Math.max(1, width - BOX.left - BOX.right)) * last);
    go(Math.min(last, Math.max(0, step)));
  };
  const spoken = series.map((line, latent) => `${exploreText.latent(latent)} ${text.value(line[cursor])}`).join(', ');
  return (
    <>
      <div
        ref={ref}
        className={styles.chart}
        role="slider"
        tabIndex={0}
        aria-label={text.chart(text.measures[measure].label)}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={cursor}
        aria-valuetext={`${exploreText.table.step} ${cursor}: ${spoken}`}
        onKeyDown={onKeyDown}
        onPointerDown={onPointer}
      >
        {width > 0 && (
          <svg width={width} height={BOX.height} aria-hidden="true">
            {values.map((value) => (
              <g key={value} className={styles.tick}>
                <line x1={BOX.left} x2={width - BOX.right} y1={y(value)} y2={y(value)} />
                <text x={BOX.left - 6} y={y(value) + 4} textAnchor="end">
                  {value.toFixed(decimals)}
                </text>
              </g>
            ))}
            <line className={styles.here} x1={x(cursor)} x2={x(cursor)} y1={BOX.top} y2={BOX.height - BOX.bottom} />
            <text className={styles.axis} x={x(cursor)} y={BOX.height - 6} textAnchor="middle">
              {cursor}
            </text>
            {series.map((line, latent) => (
              <g key={exploreText.latent(latent)} style={{ color: latentHue(latent) }}>
                <polyline
                  className={styles.line}
                  points={line.flatMap((value, step) => (value === undefined ? [] : [`${x(step)},${y(value)}`])).join(' ')}
                />
                {line[cursor] !== undefined && <circle className={styles.dot} cx={x(cursor)} cy={y(line[cursor])} r={3.5} />}
              </g>
            ))}
            {series.map((_, latent) => (
              <text
                key={exploreText.latent(latent)}
                className={styles.name}
                x={width - BOX.right + 6}
                y={labels[latent] + 4}
                fill={latentHue(latent)}
              >
                {exploreText.latent(latent)}
              </text>
            ))}
          </svg>
        )}
      </div>
      <p className={styles.readout}>
        {exploreText.table.step} {cursor}: {spoken}
      </p>
      <p className="note" data-screen-only>
        {text.hint}
      </p>
    </>
  );
}
