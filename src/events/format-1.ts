// Lifts recordings of format 1 (September to November 2026) to the present format, line by line.
import * as v from 'valibot';
import { count, finite, ids, MOST } from './bounds';
import type { RecordedMethods } from './recorded-method';
import { issueInWords } from '../text/schema-words';

/** Turns one parsed line into an event of the present format, or says what is wrong with it. */
export type LineReader = (value: unknown) => { readonly event: unknown } | { readonly problem: string };

/** Patches before merging; one tile of merged tokens in the present format. */
const imageSchema = v.looseObject({
  type: v.literal('image'),
  width: count,
  height: count,
  grid: v.object({ t: v.literal(1), h: v.pipe(count, v.minValue(1)), w: v.pipe(count, v.minValue(1)) }),
  merge: v.pipe(count, v.minValue(1)),
});

const candidateSchema = v.object({ latent: count, patches: ids, reward: finite, accepted: v.boolean() });

/** What was a step's own is its detail now: format 1 knew one method with steps. */
const stepSchema = v.looseObject({
  type: v.literal('step'),
  unperturbedReward: v.nullable(finite),
  sigma: finite,
  updateNorm: finite,
  driftFromStart: finite,
  candidates: v.pipe(v.array(candidateSchema), v.maxLength(MOST.latents)),
  latents: v.pipe(v.array(v.looseObject({ rejected: ids, drift: finite })), v.maxLength(MOST.latents)),
});

const startedSchema = v.looseObject({
  type: v.literal('started'),
  method: v.string(),
  settings: v.record(v.string(), v.unknown()),
  model: v.looseObject({}),
});

const finishedSchema = v.looseObject({
  type: v.literal('finished'),
  totals: v.looseObject({ phases: v.record(v.string(), v.unknown()) }),
});

/** Format 1 loaded these models alone. */
const FAMILY = 'qwen-vl';

/**
 * Makes a reader of one recording's lines. Settings that were written down although the run's method did not have them are left
 * out. What it gives back is checked as any event of the present format is.
 */
export function createFormat1Reader(methods: RecordedMethods): LineReader {
  return (value) => {
    const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
    switch (type) {
      case 'started':
        return lift(startedSchema, value, (event) => {
          const space = methods.find(event.method)?.space;
          const settings = Object.entries(event.settings).filter(([name]) => space?.has(name) ?? true);
          return { ...event, format: 2, settings: Object.fromEntries(settings), model: { ...event.model, family: FAMILY } };
        });
      case 'image':
        return lift(imageSchema, value, ({ grid, merge, ...event }) => {
          const tile = { x: 0, y: 0, width: event.width, height: event.height, rows: grid.h / merge, columns: grid.w / merge };
          return { ...event, tiles: [tile] };
        });
      case 'phase': {
        const { phase } = value as { phase?: unknown };
        return { event: { type: 'phase', phase: phase === 'optimise' ? 'think' : phase } };
      }
      case 'step':
        return lift(stepSchema, value, ({ unperturbedReward, sigma, updateNorm, driftFromStart, candidates, latents, ...event }) => ({
          ...event,
          latents: latents.map(({ rejected: _rejected, drift: _drift, ...latent }) => latent),
          detail: {
            kind: 'dmlr',
            unperturbedReward,
            sigma,
            updateNorm,
            driftFromStart,
            candidates,
            latents: latents.map(({ rejected, drift }) => ({ rejected, drift })),
          },
        }));
      case 'finished':
        return lift(finishedSchema, value, ({ totals, ...event }) => {
          const phases = Object.entries(totals.phases).map(([name, ms]) => [name === 'optimise' ? 'think' : name, ms] as const);
          return { ...event, totals: { ...totals, phases: Object.fromEntries(phases) } };
        });
      default:
        return { event: value };
    }
  };
}

function lift<S extends v.GenericSchema>(schema: S, value: unknown, change: (event: v.InferOutput<S>) => unknown): ReturnType<LineReader> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return { event: change(result.output) };
  const [issue] = result.issues;
  return { problem: `It is not an event: ${issueInWords(issue)}.` };
}
