// What answers cost: autoregressive steps, passes, rows and time to the answer, with medians and ratios to the baseline arm on the same items.
import type { ItemLine } from './log';
import type { ArmResult } from './measure';
import { spread, type Spread } from './spread';

/** What is measured of each answer, in the order of the table. */
export const MEASURES = ['autoregressive', 'latentSteps', 'tokens', 'passes', 'rows', 'promptRows', 'ms'] as const;
export type Measure = (typeof MEASURES)[number];

export interface ArmCost {
  readonly arm: string;
  /** null where it is not known. */
  readonly spread: Readonly<Record<Measure, Spread | null>>;
  /** The arm's number divided by the baseline's on the same item; null for the baseline itself, and where either is unknown or 0. */
  readonly ratio: Readonly<Record<Measure, Spread | null>>;
}

export interface CostReport {
  /** The arm that ratios are to; null when the baseline is no arm, but another's untouched answer. */
  readonly baseline: string | null;
  /** Whether arms shared what they read: then rows and times tell less than each alone would take. */
  readonly shared: boolean;
  readonly arms: readonly ArmCost[];
}

/** Counts what the arms of items cost. */
export class CostTally {
  readonly #baseline: string;
  readonly #values = new Map<string, Record<Measure, number[]>>();
  readonly #ratios = new Map<string, Record<Measure, number[]>>();

  constructor(baseline: string) {
    this.#baseline = baseline;
  }

  add({ arms }: Pick<ItemLine, 'arms'>): void {
    const base = Object.hasOwn(arms, this.#baseline) ? measured(arms[this.#baseline]) : null;
    for (const [arm, result] of Object.entries(arms)) {
      const own = measured(result);
      const [values, ratios] = [this.#values, this.#ratios].map((lists) => {
        const all = lists.get(arm) ?? empty();
        lists.set(arm, all);
        return all;
      });
      for (const name of MEASURES) {
        const [mine, other] = [own[name], base?.[name] ?? null];
        if (mine !== null) values[name].push(mine);
        if (arm !== this.#baseline && mine !== null && other !== null && other > 0) ratios[name].push(mine / other);
      }
    }
  }

  report(shared: boolean): CostReport {
    const spreads = (lists: Record<Measure, number[]> | undefined): Record<Measure, Spread | null> =>
      byMeasure((name) => spread(lists?.[name] ?? []));
    return {
      baseline: this.#values.has(this.#baseline) ? this.#baseline : null,
      shared,
      arms: [...this.#values].map(([arm, lists]) => ({ arm, spread: spreads(lists), ratio: spreads(this.#ratios.get(arm)) })),
    };
  }
}

/** Autoregressive steps are latent steps and generated tokens, the end token among them. */
function measured({ answer: { tokens }, cost }: ArmResult): Readonly<Record<Measure, number | null>> {
  if (cost === null) return { ...byMeasure(() => null), tokens };
  return { ...cost, tokens, autoregressive: cost.latentSteps + tokens };
}

function byMeasure<T>(value: (name: Measure) => T): Record<Measure, T> {
  return {
    autoregressive: value('autoregressive'),
    latentSteps: value('latentSteps'),
    tokens: value('tokens'),
    passes: value('passes'),
    rows: value('rows'),
    promptRows: value('promptRows'),
    ms: value('ms'),
  };
}

const empty = (): Record<Measure, number[]> => byMeasure(() => []);
