// One line about one patch: its place, its attention, who holds it and since when.
import { useMemo } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { patchHistory } from '../../lib/patch-history';
import type { PatchGridView } from '../../lib/patch-grid';
import { runText } from '../../strings/run';
import { patchName } from './patch-name';
import styles from './PatchOverlay.module.css';
import { useMethodView } from './use-run-view';

interface Props {
  readonly id: string;
  readonly steps: readonly StepEvent[];
  readonly index: number;
  readonly grid: PatchGridView;
  readonly attention: readonly number[];
  readonly latent: number | null;
  readonly patch: number | null;
  /** True while the shown step is the one an answer was written from. */
  readonly decoded: boolean;
}

const text = runText.overlay;

/** Keeps its two lines whether or not a patch is chosen, so that nothing below moves. */
export function PatchReadout({ id, steps, index, grid, attention, latent, patch, decoded }: Props) {
  const { rejected, latents: words } = useMethodView();
  const facts = useMemo(() => {
    if (patch === null) return null;
    const { holds, rejections } = patchHistory(steps, index, patch, rejected);
    const parts: string[] = [];
    if (attention[patch] !== undefined)
      parts.push(text.attended(attention[patch], latent === null ? null : runText.latent.short(words, latent)));
    if (steps[index])
      parts.push(
        holds.length > 0
          ? text.heldBy(holds.map((hold) => text.held(runText.latent.short(words, hold.latent), hold.since)).join(', '))
          : text.free,
      );
    if (rejections.length > 0) parts.push(text.rejectedTimes(rejections.length));
    return { name: patchName(grid, patch), parts };
  }, [steps, index, grid, attention, latent, patch, rejected, words]);

  return (
    <figcaption id={id} className={styles.readout} aria-live="polite">
      {facts ? (
        <>
          <strong>{facts.name}</strong>
          <span>{facts.parts.join(' · ')}</span>
        </>
      ) : (
        <span className={styles.hint}>{decoded ? text.decoded(steps[index]?.step ?? 0) : text.hint}</span>
      )}
    </figcaption>
  );
}
