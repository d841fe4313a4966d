// Small multiples: the picture once per think token, each a button that chooses whose patches the large one shows.
import { memo, useDeferredValue, useMemo, type CSSProperties } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { LatentChip } from './LatentChip';
import styles from './LatentPictures.module.css';
import { PatchPicture, type PictureLayers } from './PatchPicture';
import { latentHue, useLatentLayers, useMethodView } from './use-run-view';

interface Props extends Omit<PictureLayers, 'attention' | 'marks'> {
  readonly steps: readonly StepEvent[];
  readonly index: number;
}

const text = runText;

export function LatentPictures(newest: Props) {
  // Many small pictures: drawn after the large one, and skipped while steps come faster than they can be.
  const props = useDeferredValue<Props | null>(newest, null);
  const { latents: words } = useMethodView();
  if (props === null) return null;
  const { steps, index } = props;
  const latents = steps[index]?.latents ?? [];
  return (
    <div className={styles.row} style={{ '--count': latents.length + 1 } as CSSProperties} role="group" aria-label={text.overlay.choose}>
      {latents.length > 1 && <OnePicture {...props} latent={null} count={steps[index]?.patchCount ?? 0} />}
      {latents.map((row, latent) => (
        // A latent is its place in the sequence; there is no other name for it.
        <OnePicture {...props} key={text.latent.short(words, latent)} latent={latent} count={row.patches.length} />
      ))}
    </div>
  );
}

const OnePicture = memo(function OnePicture({
  steps,
  index,
  latent,
  count,
  ...picture
}: Props & { readonly latent: number | null; readonly count: number }) {
  const chosen = useRun((store) => store.cursor.latent === latent);
  const setCursor = useRun((store) => store.setCursor);
  const { latents: words } = useMethodView();
  const { attention, marks: all } = useLatentLayers(steps, index, latent);
  const marks = useMemo(() => all.filter((mark) => mark.kind !== 'rejected'), [all]);
  return (
    <button
      type="button"
      className={styles.choice}
      aria-pressed={chosen}
      aria-label={`${latent === null ? text.latent.allLong(words) : text.latent.long(words, latent)}, ${text.overlay.count(count)}`}
      style={{ '--hue': latent === null ? 'var(--ink-2)' : latentHue(latent) } as CSSProperties}
      onClick={() => setCursor({ latent: chosen ? null : latent })}
    >
      <PatchPicture {...picture} attention={attention} marks={marks} active={null} pixel={null} alt="" />
      <span className={styles.caption}>
        {latent === null ? <b>{text.latent.all}</b> : <LatentChip latent={latent} />}
        <span className={styles.count}>{count}</span>
      </span>
    </button>
  );
});
