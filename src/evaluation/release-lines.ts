// An arm in the files that IVT-LR's released scripts write: M3CoT's lines, and ScienceQA's predictions by item.
import { judgeChoice } from './choice';
import { answersIn, type Exported } from './exported';

/**
 * One JSON line for each item. The released code's fields come first and mean what they do there (`answer` is the right one, `messages` the
 * question without its last word "Answer:" and what was generated); where an item has no id of its own, its number in the dataset stands for
 * it, and null for a domain or topic that it does not name. Then ours: `prediction`, `correct` by the judge that was chosen, and what decided.
 */
export function* m3cotLines(exported: Exported): Generator<string, void, undefined> {
  for (const { item, result, judgement } of answersIn(exported)) {
    const { idx, prompt, solution, options, fields } = item;
    const line = {
      id: fields['id'] ?? String(idx),
      choices: options,
      answer: solution,
      domain: fields['domain'] ?? null,
      topic: fields['topic'] ?? null,
      messages: [prompt.replace(/\s*Answer:\s*$/, ''), result.answer.text],
      prediction: judgement.answer,
      correct: judgement.correct,
      judged_by: judgement.rule,
    };
    yield `${JSON.stringify(line)}\n`;
  }
}

/** One JSON object: under `results`, by each item's number, the option that ScienceQA's rule finds, from 0 on; -1 where it finds none. */
export function* scienceQaResults(exported: Exported): Generator<string, void, undefined> {
  let before = '{"results": {';
  for (const { item, result } of answersIn(exported)) {
    // The rule does not depend on the solution; any that is a place makes it look.
    const verdict = judgeChoice('scienceqa', result.answer.text, { ...item, solution: '0' });
    yield `${before}\n  ${JSON.stringify(String(item.idx))}: ${verdict?.answer ?? '-1'}`;
    before = ',';
  }
  yield before === ',' ? '\n}}\n' : `${before}}}\n`;
}
