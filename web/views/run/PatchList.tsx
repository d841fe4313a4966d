// The patches in words: the same facts as on the picture, for a screen reader and for anyone who asks.
import type { StepEvent } from '../../../src/events/events';
import { patchHistory } from '../../lib/patch-history';
import type { PatchGridView } from '../../lib/patch-grid';
import { runText } from '../../strings/run';
import { patchName } from './patch-name';
import styles from './PatchOverlay.module.css';
import { useMethodView } from './use-run-view';

interface Props {
  readonly steps: readonly StepEvent[];
  readonly index: number;
  readonly grid: PatchGridView;
}

const text = runText.overlay;

export function PatchList({ steps, index, grid }: Props) {
  const { rejected } = useMethodView();
  const latents = steps[index]?.latents ?? [];
  if (latents.length === 0) return null;
  const since = (patch: number, latent: number): number =>
    patchHistory(steps, index, patch, rejected).holds.find((hold) => hold.latent === latent)?.since ?? 0;
  return (
    <details className={styles.list}>
      <summary>{text.listTitle}</summary>
      <ul>
        {latents.map((row, latent) => (
          <li key={runText.latent.short(latent)}>
            <strong>{runText.latent.long(latent)}</strong>
            {row.patches.length === 0 ? (
              <span>{text.listNone}</span>
            ) : (
              <ul>
                {row.patches.map((patch) => (
                  <li key={patch}>{text.listLine(patchName(grid, patch), text.held(latent, since(patch, latent)))}</li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
