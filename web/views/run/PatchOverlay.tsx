// The picture with what the think tokens looked at: patches, attention, one readout, one cursor.
import { useId, useMemo, useState } from 'react';
import type { RunEventOf, StepEvent } from '../../../src/events/events';
import { gridOf } from '../../lib/patch-grid';
import { attentionRange } from '../../lib/patch-marks';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { AttentionLegend } from './AttentionLegend';
import { LatentPictures } from './LatentPictures';
import { PatchList } from './PatchList';
import styles from './PatchOverlay.module.css';
import { PatchReadout } from './PatchReadout';
import { PatchStage } from './PatchStage';
import { useLatentLayers, useTakesSteps } from './use-run-view';

const text = runText.overlay;

/** Everything about the picture of a run at the cursor's step. */
export function PatchOverlay() {
  const image = useRun((store) => store.state.image);
  if (!image) return <p className={styles.empty}>{text.none}</p>;
  return <Overlay image={image} />;
}

/** The step to show: that of the cursor, or, while an answer's token is read, the step that answer was written from. */
function useShownStep(): { readonly steps: readonly StepEvent[]; readonly index: number; readonly decoded: boolean } {
  const steps = useRun((store) => store.state.steps);
  const bestStep = useRun((store) => store.state.bestStep);
  const cursorStep = useRun((store) => store.cursor.step);
  const readsAnswer = useRun((store) => store.cursor.token !== null && store.cursor.stream === 'answer');
  const decoded = readsAnswer && bestStep !== null;
  const wanted = decoded ? bestStep : cursorStep;
  const index = steps[wanted]?.step === wanted ? wanted : steps.findIndex((step) => step.step === wanted);
  return { steps, index, decoded };
}

function Overlay({ image }: { readonly image: RunEventOf<'image'> }) {
  const { steps, index, decoded } = useShownStep();
  const latent = useRun((store) => store.cursor.latent);
  const pinned = useRun((store) => store.cursor.patch);
  const [pointed, setPointed] = useState<number | null>(null);
  const [intensity, setIntensity] = useState(0.5);
  const hintId = useId();
  const takesSteps = useTakesSteps();
  const grid = useMemo(() => gridOf(image), [image]);
  const step = steps[index];
  const { marks, attention, attended } = useLatentLayers(steps, index, latent);
  const range = useMemo(() => attentionRange(steps), [steps]);
  const active = pointed ?? pinned;

  return (
    <figure className={styles.overlay}>
      <PatchStage
        image={image}
        grid={grid}
        attention={attention}
        range={range}
        intensity={intensity}
        marks={marks}
        active={active}
        onPoint={setPointed}
        describedBy={hintId}
      />
      <PatchReadout
        id={hintId}
        steps={steps}
        index={index}
        grid={grid}
        attention={attention}
        latent={attended}
        patch={active}
        decoded={decoded}
      />
      {step && <LatentPictures image={image} grid={grid} steps={steps} index={index} range={range} intensity={intensity} />}
      {takesSteps && (
        <AttentionLegend range={range} intensity={intensity} onIntensity={setIntensity} disabled={!step || attention.length === 0} />
      )}
      <PatchList steps={steps} index={index} grid={grid} />
    </figure>
  );
}
