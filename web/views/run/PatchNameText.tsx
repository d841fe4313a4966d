// The names of the think tokens that hold a patch, set inside their outlines; how many there are where the names do not fit.
import type { CSSProperties } from 'react';
import type { PixelRect } from '../../../src/image/tiles';
import type { LatentWords } from '../../lib/method-view';
import { setNames } from '../../lib/patch-names';
import { runText } from '../../strings/run';
import styles from './PatchPicture.module.css';
import { latentHue } from './use-run-view';

interface Props {
  readonly latents: readonly number[];
  readonly words: LatentWords;
  /** What the innermost outline leaves free. */
  readonly rect: PixelRect;
  /** Pixels of the grid's space per pixel on screen. */
  readonly pixel: number;
}

/** Sizes of type tried, in pixels on screen, the largest first. */
const SIZES = [14, 12, 10.5] as const;
/** Between an outline and a name, in pixels on screen. */
const PAD = 3;

export function PatchNameText({ latents, words, rect, pixel }: Props) {
  const names = latents.map((latent) => runText.latent.short(words, latent));
  const pad = PAD * pixel;
  const [width, height] = [rect.width - 2 * pad, rect.height - 2 * pad];
  const fit = (list: readonly string[]) => {
    for (const px of SIZES) {
      const lines = setNames(list, width, height, px * pixel);
      if (lines) return { lines, size: px * pixel };
    }
    return null;
  };
  const hueOf = new Map(names.map((name, i) => [name, latentHue(latents[i])]));
  const set = fit(names) ?? (names.length > 1 ? fit([runText.latent.several(names.length)]) : null);
  if (!set) return null;
  const { lines, size } = set;
  return lines.map((line, row) => (
    <text key={line[0]} className={styles.name} x={rect.x + pad} y={rect.y + pad + size * (0.85 + 1.1 * row)} fontSize={size}>
      {line.map((name, i) => (
        <tspan key={name} dx={i > 0 ? size * 0.3 : undefined} style={{ '--hue': hueOf.get(name) ?? 'var(--ink)' } as CSSProperties}>
          {name}
        </tspan>
      ))}
    </text>
  ));
}
