// What the events of a run tell of one another: counts, sums, texts and rewards that every run makes agree.
import { tokenCount } from '../image/tiles';
import { MOST } from './bounds';
import type { RunEvent, RunEventOf, RunPhase, StepEvent, Stream } from './events';
import { SHARED_KINDS, STREAMS } from './kinds';
import type { RunPlan } from './plan';
import { sharesProblem } from './shares';
import { checkStep } from './step-check';
import { checkTotals } from './totals-check';

/** What rounding may add to a difference of logarithms. */
const SLACK = 1e-6;

/**
 * Makes the check of one run with this plan, for events that come at their places. It holds: the prompt's rows have no gaps and its think tokens
 * are those of the settings; steps and tokens count up and are no more than the settings allow; ids are in the vocabulary; patches and attention
 * fit the image; best rewards only rise; the controls are those that the method announced; the attention of every token of the answer is told in order and over one row more each time; every token's image dependence is measured in order and is the difference of its two logarithms; the
 * answers are their tokens, the best step is a step, times and work add up; a stop names the last step. Returns what is wrong in words, or null.
 */
export function createConsistencyCheck(plan: RunPlan): (event: RunEvent) => string | null {
  const written: Record<Stream, { count: number; text: string }> = { baseline: { count: 0, text: '' }, answer: { count: 0, text: '' } };
  const measured: Record<Stream, number> = { baseline: 0, answer: 0 };
  const phases = new Set<RunPhase>();
  let imageTokens = 0;
  let attending = 0;
  /** Rows that the answer's first token is given after, once it is known. */
  let rows: number | null = null;
  let controls = 0;
  let before: StepEvent | null = null;

  const token = ({ stream, index, id, text }: RunEventOf<'token'>): string | null => {
    const so = written[stream];
    if (index !== so.count) return `token ${index} of "${stream}" comes where ${so.count} should`;
    const most = Math.min(plan.settings.maxNewTokens, MOST.tokens);
    if (index >= most) return `"${stream}" has more than ${most} tokens, the longest answer that its settings allow`;
    if (id >= plan.vocabularySize) return `token ${index} of "${stream}" has the id ${id} in a vocabulary of ${plan.vocabularySize}`;
    so.count += 1;
    so.text += text;
    return null;
  };

  const attention = ({ index, shares }: RunEventOf<'attention'>): string | null => {
    if (index >= written.answer.count) return `there is no token ${index} in "answer"`;
    if (index !== attending) return `attention of token ${index} comes where that of ${attending} should`;
    const problem = sharesProblem(shares, rows === null ? null : rows + index);
    rows ??= SHARED_KINDS.reduce((sum, kind) => sum + shares[kind].keys, 0) - index;
    attending += 1;
    return problem === null ? null : `token ${index} ${problem}`;
  };

  const dependence = ({ stream, index, value, withImage, withoutImage }: RunEventOf<'dependence'>): string | null => {
    if (index >= written[stream].count) return `there is no token ${index} in "${stream}"`;
    if (index !== measured[stream]) return `dependence of token ${index} of "${stream}" comes where that of ${measured[stream]} should`;
    if (stream === 'answer' && measured.baseline < written.baseline.count)
      return 'dependence of the answer comes before that of the baseline';
    if (Math.abs(value - (withImage - withoutImage)) > SLACK * (1 + Math.abs(withImage) + Math.abs(withoutImage))) {
      return `dependence of token ${index} of "${stream}" is ${value} and not the difference of ${withImage} and ${withoutImage}`;
    }
    measured[stream] += 1;
    return null;
  };

  const control = ({ control: id, logprob }: RunEventOf<'control'>): string | null => {
    const expected = plan.controls[controls];
    if (id !== expected) return `control "${id}" comes where ${expected === undefined ? 'no other' : `"${expected}"`} should`;
    if (logprob > SLACK) return `control "${id}" has the log-probability ${logprob}, which is above 0`;
    controls += 1;
    return null;
  };

  const finished = (event: RunEventOf<'finished'>): string | null => {
    const { answer, baseline, baselineCut, bestStep, totals } = event;
    if (answer !== written.answer.text) return 'the answer is not that of its tokens';
    const compared = plan.phases.includes('baseline');
    if ((baseline !== null) !== compared || (baselineCut !== null) !== compared) {
      return compared ? 'the baseline that was written is missing' : 'it has a baseline that was never written';
    }
    if (baseline !== null && baseline !== written.baseline.text) return 'the baseline is not that of its tokens';
    const steps = before === null ? 0 : before.step + 1;
    if (bestStep !== null && bestStep >= steps) return `its best step is ${bestStep}, and the run has ${steps} steps`;
    if (controls < plan.controls.length) return `control "${plan.controls[controls]}" is missing`;
    if (plan.settings.attention && attending < written.answer.count) {
      return `the attention of ${written.answer.count - attending} tokens is missing`;
    }
    const open = plan.settings.dependence ? STREAMS.find((stream) => measured[stream] < written[stream].count) : undefined;
    if (open !== undefined) return `the image dependence of ${written[open].count - measured[open]} tokens of "${open}" is missing`;
    return checkTotals(totals, phases) ?? plan.check?.finished(event) ?? null;
  };

  return (event) => {
    switch (event.type) {
      case 'image':
        imageTokens = tokenCount(event.tiles);
        return null;
      case 'phase':
        phases.add(event.phase);
        return null;
      case 'prompt':
        return checkPrompt(event, plan, imageTokens);
      case 'step': {
        const problem = checkStep(event, before, imageTokens, plan) ?? plan.check?.step(event) ?? null;
        before = event;
        return problem;
      }
      case 'token':
        return token(event);
      case 'attention':
        return attention(event);
      case 'control':
        return control(event);
      case 'dependence':
        return dependence(event);
      case 'finished':
        return finished(event);
      case 'cancelled': {
        const last = before?.step ?? null;
        return event.step === last ? null : `it was stopped at step ${event.step ?? 'none'}, and its last step is ${last ?? 'none'}`;
      }
      default:
        return null;
    }
  };
}

function checkPrompt({ segments, length }: RunEventOf<'prompt'>, { latents, question }: RunPlan, imageTokens: number): string | null {
  let next = 0;
  for (const [index, { start, length: rows }] of segments.entries()) {
    if (start !== next) return `segment ${index} of the prompt starts at row ${start} where ${next} should`;
    next += rows;
  }
  if (next !== length) return `the prompt has ${length} rows, and its segments have ${next}`;
  if (length > MOST.rows) return `the prompt has ${length} rows; a run has at most ${MOST.rows}`;
  const rowsOf = (role: string): number[] => segments.filter((segment) => segment.role === role).map((segment) => segment.length);
  const think = rowsOf('think');
  const thinkRows = think.reduce((sum, rows) => sum + rows, 0);
  if (think.length > 1 || thinkRows !== latents) {
    return `the prompt has ${thinkRows} think tokens in ${think.length} places; its settings allow ${latents} in one`;
  }
  if (rowsOf('tail').length !== 1 || segments.at(-1)?.role !== 'tail') return 'the prompt does not end with its one "tail"';
  if (question === null) return 'a prompt was read, and the question is none that can be asked';
  const asked = segments.filter(({ role }) => role === 'question');
  // A family may say of its prompt no more than that it is there.
  if (asked.length > 0 && !asked.some(({ text }) => text.includes(question))) return 'the prompt does not hold the question';
  const image = rowsOf('image');
  const imageRows = image.reduce((sum, rows) => sum + rows, 0);
  return image.length > 0 && imageRows !== imageTokens
    ? `the prompt has ${imageRows} rows of the image of ${imageTokens} image tokens`
    : null;
}
