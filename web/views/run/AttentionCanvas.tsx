// Attention over the picture: a canvas for each tile, one pixel per image token, scaled up by the browser without smoothing.
import { type CSSProperties, memo, useEffect, useMemo, useRef } from 'react';
import type { ImageTile } from '../../../src/image/tiles';
import { attentionPixels } from '../../lib/attention-pixels';
import { firstOf, type PatchGridView } from '../../lib/patch-grid';
import type { AttentionRange } from '../../lib/patch-marks';
import styles from './PatchPicture.module.css';

interface Props {
  readonly grid: PatchGridView;
  /** [image tokens], tile by tile */
  readonly attention: readonly number[];
  readonly range: AttentionRange;
  /** 0..1; 0 draws nothing. */
  readonly intensity: number;
}

/** Draws only; what it shows is said by the readout and the text list. */
export const AttentionCanvas = memo(function AttentionCanvas({ grid, attention, ...shown }: Props) {
  return grid.tiles.map((tile, index) => (
    <TileCanvas
      // A tile is its place in the order of image tokens; there is no other name for it.
      key={firstOf(grid, index)}
      {...shown}
      tile={tile}
      first={firstOf(grid, index)}
      attention={attention}
      box={{
        insetInlineStart: `${(100 * tile.x) / grid.width}%`,
        insetBlockStart: `${(100 * tile.y) / grid.height}%`,
        inlineSize: `${(100 * tile.width) / grid.width}%`,
        blockSize: `${(100 * tile.height) / grid.height}%`,
      }}
    />
  ));
});

interface TileProps extends Pick<Props, 'attention' | 'range' | 'intensity'> {
  readonly tile: ImageTile;
  /** Number of the tile's first image token. */
  readonly first: number;
  /** Where the tile lies in the picture. */
  readonly box: CSSProperties;
}

function TileCanvas({ tile, first, attention, range, intensity, box }: TileProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { columns, rows } = tile;
  const own = useMemo(() => attention.slice(first, first + columns * rows), [attention, first, columns, rows]);
  useEffect(() => {
    const context = ref.current?.getContext('2d');
    if (!context) return;
    // A run without attention (or not yet) needs no pixels at all.
    if (own.length === 0) return context.clearRect(0, 0, columns, rows);
    const image = context.createImageData(columns, rows);
    image.data.set(attentionPixels(own, columns * rows, range, intensity));
    context.putImageData(image, 0, 0);
  }, [columns, rows, own, range, intensity]);
  return <canvas ref={ref} className={styles.attention} style={box} width={columns} height={rows} aria-hidden="true" />;
}
