// What a run is going to do, told from its first event: its settings, its phases in order, its steps and think tokens.
import { EngineFault } from '../errors';
import { cleanQuestion } from '../prompt/question';
import type { RunEventOf, RunPhase } from './events';
import type { RecordedMethod, RecordedSettings, RunCheck } from './recorded-method';

export interface RunPlan {
  readonly settings: RecordedSettings;
  /** The question as the prompt has it; null for one that cannot be asked. */
  readonly question: string | null;
  readonly phases: readonly RunPhase[];
  /** The number of the last step at most. */
  readonly steps: number;
  /** Think tokens that the prompt has places for. */
  readonly latents: number;
  /** Ids of the controls that are decoded, in order. */
  readonly controls: readonly string[];
  readonly vocabularySize: number;
  /** What the method alone guarantees. */
  readonly check: RunCheck | null;
}

/** The plan of a run of `method`, or why there is none in words: its settings are not those of a run. */
export function planOf({ settings: record, seed, question, model }: RunEventOf<'started'>, method: RecordedMethod): RunPlan | string {
  let settings: RecordedSettings;
  try {
    settings = method.space.parse(record);
  } catch (thrown) {
    if (!(thrown instanceof EngineFault)) throw thrown;
    return `its settings are not those of a run: ${thrown.message.replace(/\.$/, '')}`;
  }
  if (settings.seed !== seed) return `its seed is ${seed} and its setting seed ${settings.seed}`;
  const phases: RunPhase[] = ['read'];
  if ((method.baseline?.(settings) ?? null) !== null) phases.push('baseline');
  if (method.think !== undefined) phases.push('think');
  phases.push('answer');
  if (settings.attention) phases.push('attention');
  const controls = method.controls?.(settings) ?? [];
  if (controls.length > 0) phases.push('controls');
  if (settings.dependence) phases.push('dependence');
  return {
    settings,
    question: orNull(() => cleanQuestion(question)),
    phases,
    steps: method.steps?.(settings, model) ?? 0,
    latents: method.latents?.(settings) ?? 0,
    controls: controls.map(({ id }) => id),
    vocabularySize: model.vocabularySize,
    check: method.checkRun?.(settings) ?? null,
  };
}

function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
