// The name of a think token with its hue: a small mark used wherever a think token is spoken of.
import type { CSSProperties } from 'react';
import { runText } from '../../strings/run';
import styles from './LatentChip.module.css';
import { latentHue, useMethodView } from './use-run-view';

/** Short name of latent `latent` (0-based) beside a swatch of its hue. */
export function LatentChip({ latent }: { readonly latent: number }) {
  const { latents } = useMethodView();
  return (
    <span className={styles.chip} style={{ '--hue': latentHue(latent) } as CSSProperties}>
      {runText.latent.short(latents, latent)}
    </span>
  );
}
