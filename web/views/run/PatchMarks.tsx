// Rectangles of patches on the picture, drawn in the picture's own pixels so that they sit exactly at every size.
import { memo, useMemo, type CSSProperties } from 'react';
import type { PixelRect } from '../../../src/image/tiles';
import { type PatchGridView, rectOf, smallestSide } from '../../lib/patch-grid';
import type { PatchMark } from '../../lib/patch-marks';
import { namedPatches } from '../../lib/patch-names';
import { PatchNameText } from './PatchNameText';
import styles from './PatchPicture.module.css';
import { latentHue, useMethodView } from './use-run-view';

interface Props {
  readonly grid: PatchGridView;
  readonly marks: readonly PatchMark[];
  /** Patch under the pointer or the keyboard. */
  readonly active: number | null;
  /** Pixels of the grid's space per pixel on screen; null for a picture too small for names. */
  readonly pixel: number | null;
}

/** Distance of two think tokens' outlines on one patch: a share of the patch, and no more pixels on screen than keep them apart. */
const NEST = 0.1;
const NEST_PX = 4.5;
/** Outlines on one patch; those of more think tokens lie on the innermost. */
const MOST_NESTED = 5;
/** Patches narrower than this on screen carry no name. */
const NAMED_PX = 30;

/** Draws only; what it shows is said by the readout and the text list. */
export const PatchMarks = memo(function PatchMarks({ grid, marks, active, pixel }: Props) {
  const { latents: words } = useMethodView();
  const side = smallestSide(grid);
  const nest = Math.min(side * NEST, pixel === null ? Infinity : pixel * NEST_PX);
  const insetAt = (depth: number): number => side * 0.04 + nest * Math.min(MOST_NESTED - 1, depth);
  const named = useMemo(() => (pixel === null || side < NAMED_PX * pixel ? [] : namedPatches(grid, marks)), [grid, marks, pixel, side]);
  return (
    <svg className={styles.marks} viewBox={`0 0 ${grid.width} ${grid.height}`} aria-hidden="true">
      {pixel === null ? (
        <Outlines grid={grid} marks={marks} insetAt={insetAt} />
      ) : (
        marks.map((mark) => (
          <Mark key={`${mark.kind}-${mark.latent}-${mark.patch}`} mark={mark} rect={rectOf(grid, mark.patch, insetAt(mark.depth))} />
        ))
      )}
      {named.map(({ patch, latents }) => (
        <PatchNameText
          key={patch}
          latents={latents}
          words={words}
          rect={rectOf(grid, patch, insetAt(latents.length - 1))}
          pixel={pixel ?? 0}
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

interface OutlinesProps extends Pick<Props, 'grid' | 'marks'> {
  readonly insetAt: (depth: number) => number;
}

/** All marks of one think token and kind as one shape: in a row of small pictures each patch would be thousands of elements. */
function Outlines({ grid, marks, insetAt }: OutlinesProps) {
  const groups = new Map<string, { readonly mark: PatchMark; path: string }>();
  for (const mark of marks) {
    const key = `${mark.kind}-${mark.latent}-${mark.strength}`;
    const { x, y, width, height } = rectOf(grid, mark.patch, insetAt(mark.depth));
    const group = groups.get(key) ?? { mark, path: '' };
    group.path += `M${x} ${y}h${width}v${height}h${-width}z`;
    groups.set(key, group);
  }
  return [...groups].map(([key, { mark, path }]) => (
    <g key={key} className={styles.mark} data-kind={mark.kind} style={markStyle(mark)}>
      <path className={styles.halo} d={path} />
      <path className={styles.line} d={path} />
    </g>
  ));
}

const markStyle = ({ latent, strength }: PatchMark): CSSProperties =>
  ({ '--hue': latentHue(latent), '--strength': strength }) as CSSProperties;

function Mark({ mark, rect }: { readonly mark: PatchMark; readonly rect: PixelRect }) {
  return (
    <g className={styles.mark} data-kind={mark.kind} style={markStyle(mark)}>
      <rect className={styles.halo} {...rect} />
      <rect className={styles.line} {...rect} />
      {mark.kind === 'rejected' && <path className={styles.line} d={`M${rect.x} ${rect.y + rect.height}l${rect.width} ${-rect.height}`} />}
    </g>
  );
}
