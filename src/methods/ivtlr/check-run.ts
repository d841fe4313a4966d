// What every run of interleaved latent reasoning guarantees of its steps and its end, so that a recording that contradicts it is found.
import type { RunEventOf, StepEvent } from '../../events/events';
import type { RunCheck } from '../../events/recorded-method';
import { sharesProblem } from '../../events/shares';
import { barredPatches } from './choose';
import { type IvtlrDetail, ivtlrDetail } from './detail';
import { RELEASED } from './plan';
import type { IvtlrSettings } from './settings';

/**
 * Makes the check of one run with these settings: the plan is that of the settings and stays the same, each step adds one latent, its image
 * tokens are those that its plan allows, in the order of their attention, and rows are counted up. Steps must have passed `checkStep`.
 */
export function checkIvtlrRun(settings: IvtlrSettings): RunCheck {
  let before: StepEvent | null = null;
  let plan: IvtlrDetail['plan'] | null = null;

  const check = (step: StepEvent, detail: IvtlrDetail): string | null =>
    (before === null ? checkPlan(detail, settings) : checkNext(step, detail, before)) ??
    checkChoice(step, detail) ??
    checkRows(step, detail);

  return {
    step(step) {
      const detail = ivtlrDetail(step);
      if (detail === null) return `step ${step.step} has no detail of interleaved latent reasoning`;
      const problem = check(step, detail);
      if (problem !== null) return `step ${step.step} ${problem}`;
      before = step;
      plan = detail.plan;
      return null;
    },
    finished: (event) => (before === null || plan === null ? 'it has no steps' : checkEnd(event, before.step, plan)),
  };
}

function checkPlan({ plan, trained, shares, hiddenNorm }: IvtlrDetail, settings: IvtlrSettings): string | null {
  const open = trained ?? RELEASED;
  const { latentSteps, patches, order, reuse, positions, textPart, visionPart, patchChoice } = settings;
  const expected = {
    steps: textPart || visionPart ? (latentSteps ?? open.steps) : 0,
    order: order === 'trained' ? open.order : order,
    reuse: reuse === 'trained' ? open.reuse : reuse,
    positions: positions === 'trained' ? open.positions : positions,
    text: textPart,
    choice: patchChoice,
    ...(plan.vision && patches !== null && patchChoice !== 'all' ? { patches } : {}),
  };
  const told: Readonly<Record<string, unknown>> = plan;
  const odd = Object.entries(expected).find(([name, value]) => told[name] !== value);
  if (odd !== undefined) return `says of its ${odd[0]} ${String(told[odd[0]])} where its settings and its model have ${String(odd[1])}`;
  if (plan.vision ? !visionPart : plan.patches !== 0) return `says of its patches ${plan.patches} where none are inserted`;
  return shares === null && hiddenNorm === null ? null : 'has read a row, and it is the start';
}

function checkNext(step: StepEvent, detail: IvtlrDetail, before: StepEvent): string | null {
  const last = ivtlrDetail(before);
  if (last === null || JSON.stringify([detail.plan, detail.trained]) !== JSON.stringify([last.plan, last.trained])) {
    return 'has another plan than the step before it';
  }
  if (detail.shares === null || detail.hiddenNorm === null) return 'does not tell what its row attends to';
  const changed = before.latents.findIndex(({ patches }, index) => !same(patches, step.latents[index]?.patches ?? []));
  if (changed >= 0) return `changes the patches of step ${changed + 1}`;
  const added = detail.plan.text ? 1 : 0;
  if (detail.rows !== last.rows + added + detail.picks.length) {
    return `has ${detail.rows} rows after ${last.rows} and ${added + detail.picks.length} more`;
  }
  if (detail.passes !== last.passes + 1) return `comes after ${detail.passes} passes where ${last.passes + 1} should`;
  return sharesProblem(detail.shares, last.rows);
}

function checkChoice(step: StepEvent, detail: IvtlrDetail): string | null {
  const { plan, picks, allowed, covered } = detail;
  if (step.latents.length !== step.step) return `has ${step.latents.length} think tokens where each step has added one`;
  const lists = step.latents.map(({ patches }) => patches);
  if (covered !== new Set(lists.flat()).size) return `says that ${covered} image tokens are covered, and its lists hold others`;
  const newest = step.latents.at(-1);
  if (newest === undefined) return picks.length === 0 ? null : 'has chosen patches, and it is the start';
  const own = picks.map(({ patch }) => patch);
  if (!same(own, newest.patches) || !same(own, newest.added)) return 'chose other patches than those it added';
  if (picks.some(({ patch, attention }) => newest.attention[patch] !== attention))
    return 'tells another attention of its patches than its list';
  const barred = barredPatches(lists.slice(0, -1), plan.reuse);
  const again = own.find((patch) => barred.has(patch));
  if (again !== undefined) return `chose patch ${again} again, which its plan does not allow`;
  if (plan.vision && newest.attention.length - barred.size !== allowed)
    return `could choose from ${newest.attention.length - barred.size}, and says ${allowed}`;
  if (own.length !== Math.min(plan.patches, allowed))
    return `chose ${own.length} patches where its plan has ${Math.min(plan.patches, allowed)}`;
  return plan.choice === 'random' ? null : checkLargest(newest.attention, own, barred);
}

/** Whether the chosen are the largest of those that are not barred, in order. */
function checkLargest(attention: readonly number[], own: readonly number[], barred: ReadonlySet<number>): string | null {
  if (own.some((patch, rank) => rank > 0 && attention[patch] > attention[own[rank - 1]]))
    return 'chose patches that are not in the order of their attention';
  const least = own.length === 0 ? Infinity : attention[own[own.length - 1]];
  const chosen = new Set(own);
  const missed = attention.findIndex((share, patch) => share > least && !chosen.has(patch) && !barred.has(patch));
  return missed < 0 ? null : `did not choose patch ${missed}, which has more attention than some that it chose`;
}

function checkRows(step: StepEvent, { rowsRead, passes }: IvtlrDetail): string | null {
  return step.step === 0 && (rowsRead > 0 || passes > 0) ? 'has made passes, and it is the start' : null;
}

function checkEnd({ reason, bestStep }: RunEventOf<'finished'>, last: number, { steps, text }: IvtlrDetail['plan']): string | null {
  if (bestStep !== last) return `its best step is ${bestStep ?? 'none'} where ${last} should be`;
  if (reason === 'steps') return last === steps ? null : `it ended after all ${steps} steps, and its last step is ${last}`;
  if (reason !== 'patches-used-up') return `it ended for the reason "${reason}", which is none of its method`;
  return last < steps && !text ? null : 'it ended for want of patches, and it had more to append';
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((value, i) => value === b[i]);
