// Small maps of attention, a row for each layer and a column for each head; arrow keys move from one to the next.
import { type CSSProperties, type KeyboardEvent, useRef } from 'react';
import { headMap, type HeadAttention } from '../../lib/head-maps';
import type { PatchGridView } from '../../lib/patch-grid';
import { exploreText } from '../../strings/explore';
import { AttentionCanvas } from '../run/AttentionCanvas';
import styles from './HeadGrid.module.css';

const text = exploreText.heads;

interface Props {
  readonly found: HeadAttention;
  readonly grid: PatchGridView;
  /** The attention that the strongest colour stands for. */
  readonly high: number;
  /** Number of the chosen map: layer times heads, plus head. */
  readonly active: number;
  readonly onActive: (active: number) => void;
}

export function HeadGrid({ found, grid, high, active, onActive }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const { layers, heads } = found;
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -heads, ArrowDown: heads };
    const next = active + (moves[event.key] ?? 0);
    if (next === active || next < 0 || next >= layers * heads) return;
    event.preventDefault();
    onActive(next);
    ref.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <div
      ref={ref}
      className={styles.heads}
      role="group"
      aria-label={text.grid}
      style={{ '--heads': heads } as CSSProperties}
      onKeyDown={onKeyDown}
    >
      {Array.from({ length: layers }, (_, layer) => [
        <span key={text.layer(layer)} className={styles.layer} aria-hidden="true">
          {text.layer(layer)}
        </span>,
        ...Array.from({ length: heads }, (_head, head) => {
          const plane = layer * heads + head;
          return (
            <button
              key={text.cell(layer, head)}
              type="button"
              className={styles.head}
              aria-label={text.cell(layer, head)}
              aria-pressed={plane === active}
              tabIndex={plane === active ? 0 : -1}
              style={{ aspectRatio: `${grid.width} / ${grid.height}` }}
              onClick={() => onActive(plane)}
            >
              <AttentionCanvas grid={grid} attention={headMap(found, plane)} range={{ low: 0, high }} intensity={0.5} />
            </button>
          );
        }),
      ])}
    </div>
  );
}
