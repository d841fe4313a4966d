// The patches in words: the same facts as on the picture, for a screen reader and for anyone who asks.
import { useMemo, useState } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { heldSince } from '../../lib/patch-history';
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
  // Written out only while somebody reads it: a long run has a thousand patches, and others at each step.
  const [open, setOpen] = useState(false);
  if (steps[index] === undefined || steps[index].latents.length === 0) return null;
  return (
    <details className={styles.list} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{text.listTitle}</summary>
      {open && <Lists steps={steps} index={index} grid={grid} />}
    </details>
  );
}

function Lists({ steps, index, grid }: Props) {
  const since = useMemo(() => heldSince(steps, index), [steps, index]);
  const { latents } = useMethodView();
  return (
    <ul>
      {steps[index].latents.map((row, latent) => (
        <li key={runText.latent.short(latents, latent)}>
          <strong>{runText.latent.long(latents, latent)}</strong>
          {row.patches.length === 0 ? (
            <span>{text.listNone}</span>
          ) : (
            <ul>
              {row.patches.map((patch) => (
                <li key={patch}>
                  {text.listLine(patchName(grid, patch), text.held(runText.latent.short(latents, latent), since[latent].get(patch) ?? 0))}
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}
