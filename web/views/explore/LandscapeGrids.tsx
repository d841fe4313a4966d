// Two grids of coloured cells side by side with one cursor: the reward, and the log-probability of what is scored.
import { useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { formatNumber, formatSize } from '../../../src/text/format';
import type { Exploration } from '../../../src/explore/exploration';
import { legendGradient, sequentialColour, toCss } from '../../lib/color-map';
import { gridRange, type Grid, type MeasuredLandscape } from '../../lib/landscape-grid';
import { useResolvedTheme } from '../../lib/resolved-theme';
import { exploreText } from '../../strings/explore';
import styles from './Explorer.module.css';
import own from './LandscapeGrids.module.css';
import { NumbersTable } from './NumbersTable';

const text = exploreText.landscape;
/** Side of a drawing in its own units. */
const SIDE = 300;

interface Place {
  readonly row: number;
  readonly column: number;
}

interface Props {
  readonly landscape: MeasuredLandscape;
  readonly directions: Extract<Exploration, { kind: 'landscape' }>['directions'];
  /** More buttons beside the table's. */
  readonly children: ReactNode;
}

export function LandscapeGrids({ landscape, directions, children }: Props) {
  const { axis, rewards, logprobs, scored } = landscape;
  const middle = (axis.length - 1) / 2;
  const [place, setPlace] = useState<Place>({ row: middle, column: middle });
  const here = place.row < axis.length && place.column < axis.length ? place : { row: middle, column: middle };
  const names = text.axis[directions];
  const grids = [
    ...(rewards === null ? [] : [{ name: text.reward, grid: rewards }]),
    ...(logprobs === null ? [] : [{ name: text.logprob(scored ?? ''), grid: logprobs }]),
  ];
  const valueAt = (grid: Grid | null) => (grid === null ? null : grid[here.row][here.column]);
  const spoken = `${here.row === middle && here.column === middle ? text.middle : text.point(axis[here.column], axis[here.row])}: ${text.values(valueAt(rewards), valueAt(logprobs))}`;
  const table = axis.flatMap((second, row) =>
    axis.map((first, column) => [
      `${formatNumber(first, 2)}, ${formatNumber(second, 2)}`,
      ...grids.map(({ grid }) => formatSize(grid[row][column])),
    ]),
  );
  return (
    <>
      <div className={own.grids}>
        {grids.map(({ name, grid }) => (
          <OneGrid key={name} name={name} grid={grid} landscape={landscape} names={names} place={here} spoken={spoken} onPlace={setPlace} />
        ))}
      </div>
      <p className={styles.readout}>{spoken}</p>
      <p className="note" data-screen-only>
        {text.hint}
      </p>
      <NumbersTable caption={exploreText.views.landscape} columns={[names.join(', '), ...grids.map(({ name }) => name)]} rows={table}>
        {children}
      </NumbersTable>
    </>
  );
}

interface GridProps {
  readonly name: string;
  readonly grid: Grid;
  readonly landscape: MeasuredLandscape;
  readonly names: readonly [string, string];
  readonly place: Place;
  readonly spoken: string;
  readonly onPlace: (place: Place) => void;
}

function OneGrid({ name, grid, landscape: { axis, path }, names, place, spoken, onPlace }: GridProps) {
  const theme = useResolvedTheme();
  const count = axis.length;
  const cell = SIDE / count;
  const range = gridRange(grid);
  const [low, high] = range ?? [0, 1];
  const colour = (value: number): string => toCss(sequentialColour(high > low ? (value - low) / (high - low) : 0.5));
  // The coordinates are of the cells' middles; the second grows upwards.
  const across = (value: number): number => SIDE / 2 + (value / axis[count - 1]) * ((count - 1) / 2) * cell;
  const up = (value: number): number => SIDE - across(value);
  const within = (at: number): number => Math.min(count - 1, Math.max(0, at));
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [1, 0],
      ArrowDown: [-1, 0],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    onPlace({ row: within(place.row + move[0]), column: within(place.column + move[1]) });
  };
  const onPointer = (event: PointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * count);
    const row = count - 1 - Math.floor(((event.clientY - box.top) / box.height) * count);
    onPlace({ row: within(row), column: within(column) });
  };
  const line = path.map(([a, b]) => `${across(a)},${up(b)}`).join(' ');
  return (
    <figure className={own.figure}>
      <figcaption>{name}</figcaption>
      <svg
        className={own.landscape}
        viewBox={`0 0 ${SIDE} ${SIDE}`}
        role="slider"
        tabIndex={0}
        aria-label={`${name}: ${names.join(', ')}`}
        aria-valuemin={1}
        aria-valuemax={count * count}
        aria-valuenow={place.row * count + place.column + 1}
        aria-valuetext={spoken}
        onKeyDown={onKeyDown}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
      >
        {grid.flatMap((values, row) =>
          values.map((value, column) => (
            <rect
              key={`${axis[column]},${axis[row]}`}
              x={column * cell}
              y={SIDE - (row + 1) * cell}
              width={cell}
              height={cell}
              fill={value === undefined ? 'var(--sunken)' : colour(value)}
            />
          )),
        )}
        {path.length > 1 && (
          <>
            <polyline className={own.halo} points={line} />
            <polyline className={own.path} points={line} />
            <rect className={own.mark} x={across(path[0][0]) - 4} y={up(path[0][1]) - 4} width={8} height={8} />
          </>
        )}
        <circle className={own.mark} cx={SIDE / 2} cy={SIDE / 2} r={4.5} />
        <rect className={own.cursorHalo} x={place.column * cell} y={SIDE - (place.row + 1) * cell} width={cell} height={cell} />
        <rect className={own.cursor} x={place.column * cell} y={SIDE - (place.row + 1) * cell} width={cell} height={cell} />
      </svg>
      <p className={own.axes}>
        <span>→ {names[0]}</span> <span>↑ {names[1]}</span>
      </p>
      {range !== null && (
        <div className={own.scale}>
          <span>{formatSize(low)}</span>
          <i style={{ background: legendGradient('sequential', theme, 0.5) }} />
          <span>{formatSize(high)}</span>
        </div>
      )}
    </figure>
  );
}
