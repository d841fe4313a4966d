// The picture in its own shape with attention and patches on top: the large view and the small one per think token.
import type { CSSProperties } from 'react';
import type { RunEventOf } from '../../../src/events/events';
import type { PatchGridView } from '../../lib/patch-grid';
import type { AttentionRange, PatchMark } from '../../lib/patch-marks';
import { AttentionCanvas } from './AttentionCanvas';
import { PatchMarks } from './PatchMarks';
import styles from './PatchPicture.module.css';

/** What is laid over the picture. */
export interface PictureLayers {
  readonly image: RunEventOf<'image'>;
  readonly grid: PatchGridView;
  readonly attention: readonly number[];
  readonly range: AttentionRange;
  readonly intensity: number;
  readonly marks: readonly PatchMark[];
}

interface Props extends PictureLayers {
  readonly active: number | null;
  /** Pixels of the grid's space per pixel on screen; null for a picture too small for names. */
  readonly pixel: number | null;
  readonly alt: string;
}

/** Fills the width it is given; the height follows from the source picture's shape. */
export function PatchPicture({ image, grid, attention, range, intensity, marks, active, pixel, alt }: Props) {
  return (
    <div
      className={styles.picture}
      style={{ aspectRatio: `${grid.width} / ${grid.height}`, '--ratio': grid.width / grid.height } as CSSProperties}
    >
      <img className={styles.image} src={image.preview} width={grid.width} height={grid.height} alt={alt} draggable={false} />
      <AttentionCanvas grid={grid} attention={attention} range={range} intensity={intensity} />
      <PatchMarks grid={grid} marks={marks} active={active} pixel={pixel} />
    </div>
  );
}
