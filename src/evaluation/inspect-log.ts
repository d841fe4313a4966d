// An arm as a log of Inspect (EvalLog, version 2, as JSON): `inspect view` shows it.
import { answersIn, decider, jsonWithList, type Exported, type ExportedAnswer } from './exported';
import type { ItemLine } from './log';
import type { Share } from './statistics';

/** The beginning of time, for logs that leave times out: Inspect wants one. */
const NO_TIME = '1970-01-01T00:00:00+00:00';

/**
 * The log piece by piece. Each sample's scores are `judge` (the judge that was chosen), `strict` and `lenient`; what the run measured
 * and its table of steps are in the sample's metadata.
 *
 * @param id tells logs apart: 22 letters and digits, the same for the same evaluation and arm.
 */
export function inspectLog(exported: Exported, id: string): Iterable<string> {
  const { header, loaded, arm, report, settings, judge } = exported;
  const created = isoWithZone(header.begun);
  const model = `noema/${loaded?.model.name ?? header.model.source ?? 'embedded'}`;
  const asked = header.shard.of === 1 ? header.range.to - header.range.from : (report?.accuracy.asked ?? 0);
  const scores = report === null ? [] : [score('judge', report.accuracy), score('strict', report.strict), score('lenient', report.lenient)];
  const head = {
    version: 2,
    status: 'success',
    eval: {
      eval_id: id,
      run_id: id,
      task_id: id,
      created,
      task: `${taskName(header.dataset.name)}/${arm.name}`,
      task_version: 0,
      task_args: { judge, shard: header.shard, range: header.range },
      dataset: { name: header.dataset.name, samples: header.dataset.entries, shuffled: false },
      model,
      model_args: {
        ...header.model,
        ...(loaded === null ? {} : { device_used: loaded.device.description, dtype_used: loaded.model.dtype }),
      },
      config: { epochs: 1 },
      metadata: { dataset_sha256: header.dataset.sha256 },
    },
    plan: { name: arm.name, steps: [{ solver: arm.method, params: settings }], finish: null, config: {} },
    results: { total_samples: asked, completed_samples: report?.accuracy.asked ?? 0, scores },
    stats: { started_at: created, completed_at: created, model_usage: {} },
  };
  return jsonWithList(head, 'samples', samples(exported, model));
}

function* samples(exported: Exported, model: string): Generator<unknown, void, undefined> {
  for (const answer of answersIn(exported)) yield sample(answer, model);
}

function sample({ item, result, judgement }: ExportedAnswer, model: string): unknown {
  const { answer, reward, reason, passes, rows, cost, ms, untouched, steps } = result;
  const id = String(item.idx);
  const { rules } = judgement;
  const message = { role: 'assistant', content: answer.text, source: 'generate', model, id: `${id}-answer` };
  const verdict = (correct: boolean) => ({ value: correct ? 'C' : 'I', answer: rules.answer });
  return {
    id: item.idx,
    epoch: 1,
    input: item.prompt,
    target: item.solution,
    files: [item.imagePath],
    messages: [{ role: 'user', content: item.prompt, source: 'input', id: `${id}-question` }, message],
    output: {
      model,
      choices: [{ message, stop_reason: answer.cut ? 'max_tokens' : 'stop' }],
      completion: answer.text,
      ...(ms === null ? {} : { time: ms / 1000 }),
    },
    scores: {
      judge: {
        ...verdict(judgement.correct),
        answer: judgement.answer,
        explanation: `${decider(judgement)} (the answer was found by: ${rules.found})`,
      },
      strict: verdict(rules.strict),
      lenient: verdict(rules.lenient),
    },
    metadata: {
      ...facts(item),
      image_path: item.imagePath,
      rule: judgement.rule,
      judged_by: judgement.by,
      reward,
      thinking_ended: reason,
      passes,
      rows,
      cost,
      controls: result.controls,
      probability: answer.logprob === null ? null : Math.exp(answer.logprob),
      image_dependence: answer.dependence,
      untouched_output: untouched?.text ?? null,
      steps: steps === null ? null : steps.rows.map((row) => Object.fromEntries(steps.columns.map((name, index) => [name, row[index]]))),
    },
    store: {},
    events: [],
    model_usage: {},
    attachments: {},
    ...(ms === null ? {} : { total_time: ms / 1000, working_time: ms / 1000 }),
  };
}

const facts = ({ family, split, fields }: ItemLine): Record<string, string> => ({
  ...fields,
  ...(family === null ? {} : { family }),
  ...(split === null ? {} : { split }),
});

function score(name: string, { share, low, high, asked }: Share): unknown {
  const metric = (metricName: string, value: number) => [metricName, { name: metricName, value }] as const;
  return {
    name,
    scorer: name,
    scored_samples: asked,
    unscored_samples: 0,
    metrics: share === null ? {} : Object.fromEntries([metric('accuracy', share), metric('low_95', low), metric('high_95', high)]),
  };
}

/** ISO 8601 with an offset in digits. */
function isoWithZone(begun: string | null): string {
  return begun === null ? NO_TIME : begun.replace(/Z$/, '+00:00');
}

const taskName = (dataset: string): string => dataset.replace(/\.json$/i, '').replaceAll(/[^\w.-]+/g, '_');
