// Attention over the picture: one canvas pixel per image token, scaled up by the browser without smoothing.
import { memo, useEffect, useRef } from 'react';
import { attentionPixels } from '../../lib/attention-pixels';
import type { PatchGridView } from '../../lib/patch-grid';
import type { AttentionRange } from '../../lib/patch-marks';
import styles from './PatchPicture.module.css';

interface Props {
  readonly grid: PatchGridView;
  /** [columns * rows] */
  readonly attention: readonly number[];
  readonly range: AttentionRange;
  /** 0..1; 0 draws nothing. */
  readonly intensity: number;
}

/** Draws only; what it shows is said by the readout and the text list. */
export const AttentionCanvas = memo(function AttentionCanvas({ grid, attention, range, intensity }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { columns, rows } = grid;
  useEffect(() => {
    const context = ref.current?.getContext('2d');
    if (!context) return;
    // A run without attention (or not yet) needs no pixels at all.
    if (attention.length === 0) return context.clearRect(0, 0, columns, rows);
    const image = context.createImageData(columns, rows);
    image.data.set(attentionPixels(attention, columns * rows, range, intensity));
    context.putImageData(image, 0, 0);
  }, [columns, rows, attention, range, intensity]);
  return <canvas ref={ref} className={styles.attention} width={columns} height={rows} aria-hidden="true" />;
});
