// The grammar of a run: which event may follow which.
import { createConsistencyCheck } from './consistency';
import type { RunEvent, RunPhase, Stream } from './events';
import { checkImage } from './image-check';
import { isTerminal } from './kinds';
import { planOf, type RunPlan } from './plan';
import type { RecordedMethods } from './recorded-method';

/** Looks at the next event; returns what is wrong with it in words, or null. */
export type SequenceGuard = (event: RunEvent) => string | null;

/** The phase in which a token of a stream is written. */
const PHASE_OF: Readonly<Record<Stream, RunPhase>> = { baseline: 'baseline', answer: 'answer' };

/**
 * Makes a guard for one run, which finds every event that no run has at its place. It holds: `started` comes first and once (or the run is a
 * lone `failed` or `cancelled`); the image comes before the first phase, the prompt in the phase that reads it; the phases are those of the
 * method and its settings, in their order; steps come while it thinks, tokens while their stream is written, `attention`, `control` and `dependence` in their own phases;
 * `finished` comes in the last phase, and nothing follows a terminal event. What events tell of one another is held by `consistency.ts`, and
 * what the method alone guarantees by its own check.
 */
export function createSequenceGuard(methods: Pick<RecordedMethods, 'find'>): SequenceGuard {
  const seen = new Set<RunEvent['type']>();
  let plan: RunPlan | null = null;
  /** Phases entered so far. */
  let entered = 0;
  let over = false;
  let consistent: SequenceGuard = () => null;

  const begin = (event: RunEvent): string | null => {
    if (event.type !== 'started') {
      // A run whose engine fails before it begins has only its end.
      return event.type !== 'finished' && isTerminal(event) ? null : `the run begins with "${event.type}" instead of "started"`;
    }
    const method = methods.find(event.method);
    if (method === undefined) return `there is no method "${event.method}"`;
    const made = planOf(event, method);
    if (typeof made === 'string') return made;
    plan = made;
    consistent = createConsistencyCheck(made);
    return null;
  };

  const inPhase = (event: RunEvent, wanted: RunPhase, { phases }: RunPlan): string | null =>
    phases[entered - 1] === wanted
      ? null
      : `"${event.type}" does not belong ${entered === 0 ? 'before the first phase' : `into phase "${phases[entered - 1]}"`}`;

  const place = (event: RunEvent, known: RunPlan): string | null => {
    const { phases } = known;
    switch (event.type) {
      case 'started':
        return '"started" comes twice';
      case 'image':
        if (seen.has('image')) return '"image" comes twice';
        return entered > 0 ? '"image" comes after the first phase has begun' : checkImage(event);
      case 'phase':
        if (entered === phases.length || event.phase !== phases[entered]) {
          return `phase "${event.phase}" comes where ${entered === phases.length ? 'the end' : `"${phases[entered]}"`} should`;
        }
        if (!seen.has('image')) return `phase "${event.phase}" comes before the image`;
        if (entered > 0 && !seen.has('prompt')) return `phase "${event.phase}" comes before the prompt`;
        entered += 1;
        return null;
      case 'prompt':
        return seen.has('prompt') ? '"prompt" comes twice' : inPhase(event, 'read', known);
      case 'step':
        return inPhase(event, 'think', known);
      case 'token':
        return inPhase(event, PHASE_OF[event.stream], known);
      case 'attention':
        return inPhase(event, 'attention', known);
      case 'control':
        return inPhase(event, 'controls', known);
      case 'dependence':
        return inPhase(event, 'dependence', known);
      case 'finished':
        return entered === phases.length ? null : `the run finishes without its phase "${phases[entered]}"`;
      default:
        return null;
    }
  };

  return (event) => {
    if (over) return `"${event.type}" comes after the run has ended`;
    const problem = plan === null ? begin(event) : (place(event, plan) ?? consistent(event));
    seen.add(event.type);
    over = isTerminal(event);
    return problem;
  };
}
