// Rectangles of patches on the picture, drawn in the picture's own pixels so that they sit exactly at every size.
import { memo, useMemo, type CSSProperties } from 'react';
import type { PixelRect } from '../../../src/image/grid';
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
  /** Pixels of the grid's space per pixel on screen where patches are wide enough to carry a name; null where they are not. */
  readonly namePixel: number | null;
}

/** Pixels on screen between the marks of two think tokens on one patch are a fixed share of the patch. */
const NEST = 0.1;
/** Largest size of a name on screen. */
const NAME_PX = 14;

/** The marks that carry a name: the first of each group of touching patches, so that a name is said once per group. */
function namedMarks(grid: PatchGridView, marks: readonly PatchMark[]): readonly PatchMark[] {
  const held = marks.filter((mark) => mark.kind !== 'rejected' && mark.depth < 2);
  const places = new Set(held.map((mark) => `${mark.latent}:${mark.patch}`));
  const has = (mark: PatchMark, patch: number): boolean => places.has(`${mark.latent}:${patch}`);
  const isFirst = (mark: PatchMark): boolean =>
    !has(mark, mark.patch - grid.columns) && (mark.patch % grid.columns === 0 || !has(mark, mark.patch - 1));
  return held.filter(isFirst);
}

/** Draws only; what it shows is said by the readout and the text list. */
export const PatchMarks = memo(function PatchMarks({ grid, marks, active, namePixel }: Props) {
  const side = Math.min(grid.width / grid.columns, grid.height / grid.rows);
  const named = useMemo(() => (namePixel === null ? [] : namedMarks(grid, marks)), [grid, marks, namePixel]);
  return (
    <svg className={styles.marks} viewBox={`0 0 ${grid.width} ${grid.height}`} aria-hidden="true">
      {marks.map((mark) => (
        <Mark key={keyOf(mark)} mark={mark} rect={rectOf(grid, mark.patch, insetOf(mark, side))} />
      ))}
      {named.map((mark) => (
        <Name
          key={keyOf(mark)}
          mark={mark}
          rect={rectOf(grid, mark.patch, insetOf(mark, side))}
          size={Math.min(side * 0.3, NAME_PX * (namePixel ?? 0))}
        />
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

const keyOf = (mark: PatchMark): string => `${mark.kind}-${mark.latent}-${mark.patch}`;
const insetOf = (mark: PatchMark, side: number): number => side * (0.04 + NEST * Math.min(4, mark.depth));

function Mark({ mark, rect }: { readonly mark: PatchMark; readonly rect: PixelRect }) {
  return (
    <g
      className={styles.mark}
      data-kind={mark.kind}
      style={{ '--hue': latentHue(mark.latent), '--strength': mark.strength } as CSSProperties}
    >
      <rect className={styles.halo} {...rect} />
      <rect className={styles.line} {...rect} />
      {mark.kind === 'rejected' && <path className={styles.line} d={`M${rect.x} ${rect.y + rect.height}l${rect.width} ${-rect.height}`} />}
    </g>
  );
}

/** The first think token on a patch is named in its upper left corner, the second in its lower right. */
function Name({ mark, rect, size }: { readonly mark: PatchMark; readonly rect: PixelRect; readonly size: number }) {
  const isFirst = mark.depth === 0;
  return (
    <text
      className={styles.name}
      style={{ '--hue': latentHue(mark.latent) } as CSSProperties}
      x={isFirst ? rect.x + size * 0.3 : rect.x + rect.width - size * 0.3}
      y={isFirst ? rect.y + size * 1.1 : rect.y + rect.height - size * 0.35}
      textAnchor={isFirst ? 'start' : 'end'}
      fontSize={size}
    >
      {runText.latent.short(mark.latent)}
    </text>
  );
}
