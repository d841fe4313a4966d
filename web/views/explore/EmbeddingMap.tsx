// The map as a drawing: paths of think tokens, words, image features, and the name of the point that is pointed at.
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { MapBasis } from '../../../src/explore/exploration';
import { spreadLabels } from '../../lib/chart-scale';
import { indexForKey } from '../../lib/list-keys';
import { mapFrame, nearestPoint, type PlacedPoint } from '../../lib/map-points';
import { useSize } from '../../lib/use-size';
import { exploreText } from '../../strings/explore';
import { latentHue } from '../run/use-run-view';
import styles from './Explorer.module.css';
import own from './EmbeddingMap.module.css';

const text = exploreText.map;
const HEIGHT = 380;
/** From one name to the next, CSS pixels. */
const LABEL_GAP = 13;

export type NamedPoint = PlacedPoint & { readonly name: string };

export function EmbeddingMap({ points, frame }: { readonly points: readonly NamedPoint[]; readonly frame: MapBasis }) {
  const ref = useRef<HTMLDivElement>(null);
  const { width } = useSize(ref);
  const [active, setActive] = useState<number | null>(null);
  const framed = points.filter(
    ({ kind }) => kind === 'latent' || kind === 'decoded' || frame === 'all' || (kind === 'word' && frame === 'text'),
  );
  const { x, y } = mapFrame(framed, width, HEIGHT);
  const chosen = active === null ? undefined : points[active];
  const latents = points.filter((point) => point.kind === 'latent');
  const count = latents.reduce((most, { latent }) => Math.max(most, latent + 1), 0);
  const decoded = points.filter((point) => point.kind === 'decoded');
  const labels = spreadLabels(
    decoded.map(({ at }) => y(at[1])),
    LABEL_GAP,
    0,
    HEIGHT,
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = indexForKey(event.key, active, points.length);
    if (next === null) return;
    event.preventDefault();
    setActive(next);
  };
  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setActive(nearestPoint(points, [event.clientX - box.left, event.clientY - box.top], { x, y }));
  };
  return (
    <>
      <div
        ref={ref}
        className={styles.map}
        role="slider"
        tabIndex={0}
        aria-label={text.chart}
        aria-valuemin={0}
        aria-valuemax={points.length - 1}
        aria-valuenow={active ?? 0}
        aria-valuetext={chosen?.name ?? text.hint}
        onKeyDown={onKeyDown}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
      >
        {width > 0 && (
          <svg width={width} height={HEIGHT} aria-hidden="true">
            {points.map((point) => {
              const [px, py] = [x(point.at[0]), y(point.at[1])];
              if (point.kind === 'image')
                return <rect key={point.id} className={own.imagePoint} x={px - 2.5} y={py - 2.5} width={5} height={5} />;
              if (point.kind === 'word') return <path key={point.id} className={own.wordPoint} d={`M${px - 4} ${py + 3.5}h8l-4 -7z`} />;
              return null;
            })}
            {Array.from({ length: count }, (_, latent) => {
              const path = latents.filter((point) => point.latent === latent);
              return (
                <g key={exploreText.latent(latent)} style={{ color: latentHue(latent) }}>
                  <polyline className={styles.line} points={path.map(({ at }) => `${x(at[0])},${y(at[1])}`).join(' ')} />
                  {path.slice(0, 1).map(({ id, at }) => (
                    <circle key={id} className={own.startPoint} cx={x(at[0])} cy={y(at[1])} r={4.5} />
                  ))}
                  {points
                    .filter((point) => point.kind === 'decoded' && point.latent === latent)
                    .map(({ id, at }) => (
                      <g key={id}>
                        <circle className={styles.dot} cx={x(at[0])} cy={y(at[1])} r={4.5} />
                        <text className={styles.name} x={x(at[0]) + 7} y={labels[latent] + 4} fill="currentColor">
                          {exploreText.latent(latent)}
                        </text>
                      </g>
                    ))}
                </g>
              );
            })}
            {chosen !== undefined && <circle className={own.ring} cx={x(chosen.at[0])} cy={y(chosen.at[1])} r={8} />}
          </svg>
        )}
      </div>
      <p className={styles.readout}>{chosen?.name ?? '–'}</p>
      <ul className={own.keys}>
        <li data-key="latent">{text.kinds.latent}</li>
        <li data-key="word">{text.kinds.word}</li>
        <li data-key="image">{text.kinds.image}</li>
      </ul>
      <p className="note" data-screen-only>
        {text.hint}
      </p>
    </>
  );
}
