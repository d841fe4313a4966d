// Interleaved latent reasoning on the page: what each step inserted and attends to, how much of the picture is covered, how long its hidden state is.
import { attentionFocus, attentionRatio } from '../../../src/attention/shares';
import type { StepEvent } from '../../../src/events/events';
import { attributeIvtlr } from '../../../src/methods/ivtlr/attribution';
import { type IvtlrDetail, ivtlrDetail, pickedAttention } from '../../../src/methods/ivtlr/detail';
import { ivtlr } from '../../../src/methods/ivtlr/ivtlr';
import { formatNumber, formatSize, NO_VALUE } from '../../../src/text/format';
import { type MethodView, PLAIN_VIEW, type StepColumn } from '../../lib/method-view';
import { ivtlrText as text } from '../../strings/ivtlr';
import { IvtlrCard } from './IvtlrCard';

const IMAGE = ['image', 'inserted'] as const;

/** Image tokens of the picture: of those that are covered, the whole. */
const imageTokens = (step: StepEvent): number => step.latents.at(-1)?.attention.length ?? 0;

/** Attention to what was just chosen by that to rows that are no image rows; null at the start. */
export function pickedRatio(detail: IvtlrDetail): number | null {
  const { shares } = detail;
  if (shares === null || detail.picks.length === 0) return null;
  const others = shares.text.sum + shares.latents.sum + shares.answer.sum;
  return others === 0 ? null : pickedAttention(detail) / others;
}

const cell = (of: (detail: IvtlrDetail, step: StepEvent) => string) => (step: StepEvent) => {
  const detail = ivtlrDetail(step);
  return detail === null || detail.shares === null ? NO_VALUE : of(detail, step);
};

const COLUMNS: readonly StepColumn[] = [
  { name: text.columns.picks, cell: cell(({ picks }) => picks.map(({ patch }) => patch).join(', ') || NO_VALUE) },
  { name: text.columns.covered, cell: cell(({ covered }, step) => text.covered(covered, imageTokens(step))) },
  { name: text.columns.picked, cell: cell((detail) => formatNumber(pickedRatio(detail), 3)) },
  { name: text.columns.norm, cell: cell(({ hiddenNorm }) => formatSize(hiddenNorm)) },
];

export const ivtlrView: MethodView = {
  ...PLAIN_VIEW,
  latents: text.latents,
  parts: text.parts,
  card: IvtlrCard,
  appends: true,
  shares: (step) => ivtlrDetail(step)?.shares ?? null,
  sequential: (step) => step.latents.length,
  facts: (step) => {
    const shares = (step && ivtlrDetail(step)?.shares) ?? null;
    return [
      { name: text.fact.ratio, help: text.fact.ratioHelp, value: shares && formatNumber(attentionRatio(shares, IMAGE), 3) },
      { name: text.fact.focus, help: text.fact.focusHelp, value: shares && formatNumber(attentionFocus(shares), 3) },
    ];
  },
  columns: () => COLUMNS,
  attribution: (controls, said) => {
    const found = attributeIvtlr(controls, said);
    if (found === null) return [];
    return [
      text.attribution.steps(found.changedBySteps),
      text.attribution.needs(found.needs),
      ...(found.survives === null ? [] : [text.attribution.survives(found.survives)]),
    ];
  },
  layout: (record, step) => {
    const { order, textPart } = ivtlr.space.parse(record);
    if (!textPart) return 'alone';
    const told = (step && ivtlrDetail(step)?.plan.order) ?? order;
    return told === 'paper' ? 'after-each' : 'before-each';
  },
  topTokensHelp: () => text.topTokens,
};
