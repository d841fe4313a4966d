// One card per think token: what it would say at the cursor's step, how far it has moved, what it holds.
import { useMemo } from 'react';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { LatentCard } from './LatentCard';
import styles from './ThinkTokens.module.css';
import { useCursorStep, useMethodView, usePlannedSteps, useRunSettings, useTakesSteps } from './use-run-view';

const text = runText.think;

/** Cards keep their size from the first step to the last, so nothing moves while a run goes on. */
export function ThinkTokens() {
  const step = useCursorStep();
  const steps = useRun((store) => store.state.steps);
  const planned = usePlannedSteps();
  const settings = useRunSettings();
  const view = useMethodView();
  const takesSteps = useTakesSteps();
  const certainties = useMemo(
    () => step?.latents.map((_, latent) => steps.map((one) => one.latents[latent]?.topTokens[0]?.probability ?? null)) ?? [],
    [steps, step],
  );
  if (!step || step.latents.length === 0) return <p className={styles.empty}>{takesSteps ? text.empty(view.latents) : text.none}</p>;
  const slots = Math.max(planned + 1, steps.length);
  const help = view.topTokensHelp(settings) ?? text.help(view.latents);
  return (
    <ul className={styles.cards} aria-label={text.label(view.latents)}>
      {step.latents.map((_, latent) => (
        <LatentCard
          key={runText.latent.short(view.latents, latent)}
          latent={latent}
          step={step}
          steps={steps}
          certainty={certainties[latent] ?? []}
          slots={slots}
          help={help}
        />
      ))}
    </ul>
  );
}
