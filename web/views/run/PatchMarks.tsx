// Rectangles of patches on the picture, drawn in the picture's own pixels so that they sit exactly at every size.
import { memo, useMemo, type CSSProperties } from 'react';
import { type PatchGridView, rectOf } from '../../lib/patch-grid';
import type { PatchMark } from '../../lib/patch-marks';
import { runText } from '../../strings/run';
import styles from './PatchPicture.module.css';
import { latentHue } from './use-run-view';

interface Props {
  readonly grid: PatchGridView;
  readonly marks: readonly PatchMark[];
  /** Patch under the pointer or the keyboard. */
  readonly active: number | null;
  /** Whether patches are wide enough on screen to carry the short name of their think token. */
  readonly names: boolean;
}

/** Pixels on screen between the marks of two think tokens on one patch are a fixed share of the patch. */
const NEST = 0.1;

/** The marks that carry a name: the first of each group of touching patches, so that a name is said once per group. */
function namedMarks(grid: PatchGridView, marks: readonly PatchMark[]): ReadonlySet<PatchMark> {
  const held = marks.filter((mark) => mark.kind !== 'rejected' && mark.depth < 2);
  const places = new Set(held.map((mark) => `${mark.latent}:${mark.patch}`));
  const has = (mark: PatchMark, patch: number): boolean => places.has(`${mark.latent}:${patch}`);
  const isFirst = (mark: PatchMark): boolean =>
    !has(mark, mark.patch - grid.columns) && (mark.patch % grid.columns === 0 || !has(mark, mark.patch - 1));
  return new Set(held.filter(isFirst));
}

/** Draws only; what it shows is said by the readout and the text list. */
export const PatchMarks = memo(function PatchMarks({ grid, marks, active, names }: Props) {
  const side = Math.min(grid.width / grid.columns, grid.height / grid.rows);
  const named = useMemo(() => (names ? namedMarks(grid, marks) : new Set<PatchMark>()), [grid, marks, names]);
  return (
    <svg className={styles.marks} viewBox={`0 0 ${grid.width} ${grid.height}`} aria-hidden="true">
      {marks.map((mark) => (
        <Mark key={`${mark.kind}-${mark.latent}-${mark.patch}`} grid={grid} mark={mark} side={side} named={named.has(mark)} />
      ))}
      {active !== null && (
        <>
          <rect className={styles.activeHalo} {...rectOf(grid, active)} />
          <rect className={styles.active} {...rectOf(grid, active)} />
        </>
      )}
    </svg>
  );
});

function Mark({
  grid,
  mark,
  side,
  named,
}: {
  readonly grid: PatchGridView;
  readonly mark: PatchMark;
  readonly side: number;
  readonly named: boolean;
}) {
  const rect = rectOf(grid, mark.patch, side * (0.04 + NEST * Math.min(4, mark.depth)));
  return (
    <g
      className={styles.mark}
      data-kind={mark.kind}
      style={{ '--hue': latentHue(mark.latent), '--strength': mark.strength } as CSSProperties}
    >
      <rect className={styles.halo} {...rect} />
      <rect className={styles.line} {...rect} />
      {mark.kind === 'rejected' && <path className={styles.line} d={`M${rect.x} ${rect.y + rect.height}l${rect.width} ${-rect.height}`} />}
      {named && (
        <text
          className={styles.name}
          x={mark.depth === 0 ? rect.x + side * 0.06 : rect.x + rect.width - side * 0.06}
          y={rect.y + (mark.depth === 0 ? side * 0.32 : rect.height - side * 0.08)}
          textAnchor={mark.depth === 0 ? 'start' : 'end'}
          fontSize={side * 0.3}
        >
          {runText.latent.short(mark.latent)}
        </text>
      )}
    </g>
  );
}
