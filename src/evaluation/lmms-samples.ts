// An arm as lmms-eval's samples: JSON Lines, one object per item.
import { answersIn, decider, type Exported } from './exported';

/** Hexadecimal SHA-256 of text in UTF-8. */
export type Sha256 = (text: string) => string;

/**
 * Samples line by line. `resps` holds the output as it was generated, `filtered_resps` the final answer found in it; the metric
 * is `exact_match` by the judge that was chosen, with both rule judges beside it. `doc_hash` is the hash of the item.
 */
export function* lmmsSamples(exported: Exported, sha256: Sha256): Generator<string, void, undefined> {
  for (const { item, result, judgement } of answersIn(exported)) {
    const { idx, prompt, solution, imagePath, family, split, options, fields } = item;
    const doc = {
      ...fields,
      idx,
      prompt,
      solution,
      image_path: imagePath,
      ...(family === null ? {} : { family }),
      ...(split === null ? {} : { split }),
      ...(options === null ? {} : { options }),
    };
    const sample = {
      doc_id: idx,
      doc,
      target: solution,
      input: prompt,
      resps: [[result.answer.text]],
      filtered_resps: [judgement.answer],
      doc_hash: sha256(JSON.stringify(doc)),
      prompt_hash: sha256(prompt),
      target_hash: sha256(solution),
      metric: 'exact_match',
      exact_match: judgement.correct ? 1 : 0,
      exact_match_strict: judgement.rules.strict ? 1 : 0,
      exact_match_lenient: judgement.rules.lenient ? 1 : 0,
      judged_by: decider(judgement),
    };
    yield `${JSON.stringify(sample)}\n`;
  }
}
