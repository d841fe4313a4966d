// An arm in the released code's files: results.json and the table of rewards of each item.
import { csvText, type Cell } from '../events/csv';
import { answersIn, decider, jsonWithList, type Exported, type ExportedAnswer } from './exported';
import type { ItemLine } from './log';
import type { ArmResult } from './measure';

/** results.json piece by piece: the released code's fields, then ours. `accuracy` is a share 0..1; like there, `prompt` leaves out the latent part. */
export function resultsJson(exported: Exported): Iterable<string> {
  const { header, loaded, arm, report, settings, judge } = exported;
  const head = {
    model: loaded?.model.name ?? header.model.source,
    dataset: header.dataset.name,
    accuracy: report?.accuracy.share ?? null,
    correct: report?.accuracy.right ?? 0,
    total: report?.accuracy.asked ?? 0,
    config: { method: arm.method, ...settings },
    args: { arm: arm.name, judge, model: header.model, dataset_sha256: header.dataset.sha256, range: header.range, shard: header.shard },
  };
  return jsonWithList(head, 'entries', entries(exported));
}

function* entries(exported: Exported): Generator<unknown, void, undefined> {
  const form = exported.method.prompt(exported.method.space.parse(exported.arm.settings));
  for (const answer of answersIn(exported)) yield entry(answer, form.user);
}

function entry({ item, result, judgement }: ExportedAnswer, user: string): unknown {
  return {
    data_idx: item.idx,
    question: item.prompt,
    image_path: item.imagePath,
    prompt: user
      .replaceAll('{image}', '')
      .replaceAll('{think}', '')
      .replaceAll('{question}', () => item.prompt)
      .trim(),
    model_output: result.answer.text,
    answer: judgement.answer,
    ground_truth: item.solution,
    is_correct: judgement.correct,
    best_reward: result.reward?.best ?? null,
    best_reward_step: result.reward?.bestStep ?? null,
    stop_reason: result.answer.cut ? 'length' : 'eos',
    thinking_ended: result.reason,
    judged_by: decider(judgement),
    strict: judgement.rules.strict,
    lenient: judgement.rules.lenient,
    family: item.family,
    untouched_output: result.untouched?.text ?? null,
  };
}

/** The name of an item's table of rewards: six digits, as the released code has it, and more where the number needs them. */
export const rewardCsvName = ({ idx }: Pick<ItemLine, 'idx'>): string => `reward_steps_${String(idx).padStart(6, '0')}.csv`;

/** An item's table of rewards, the released code's columns first; null for a method without steps. */
export function rewardCsv({ steps }: Pick<ArmResult, 'steps'>): string | null {
  return steps === null ? null : csvText([steps.columns, ...steps.rows] as Cell[][]);
}
