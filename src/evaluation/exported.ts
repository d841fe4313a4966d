// What every output of an evaluation is made from: one arm, its settings in full, and its items with their verdicts, in order.
import type { Method } from '../methods/method';
import type { MethodRegistry } from '../methods/method-registry';
import { METHODS } from '../methods/registry';
import type { SettingsRecord } from '../settings/space';
import type { Arm } from './arms';
import { judge, type Judgement, type Verdicts } from './judgement';
import type { JudgeName } from './judge';
import type { Header, ItemLine, Loaded } from './log';
import type { ArmResult } from './measure';
import type { AnswerReport } from './answer-tally';
import type { Report } from './summary';

/** An item of the log, with what a language model said of its answers. */
export interface JudgedItem {
  readonly item: ItemLine;
  readonly verdicts: Verdicts;
}

export interface Exported {
  readonly header: Header;
  /** null when no model was ever loaded: every item had a problem. */
  readonly loaded: Loaded | null;
  readonly arm: Arm;
  readonly method: Method;
  /** All settings of the arm, defaults included. */
  readonly settings: SettingsRecord;
  readonly judge: JudgeName;
  /** null when the arm answered nothing. */
  readonly report: AnswerReport | null;
  /** Goes through the items again each time it is called. */
  items(): Iterable<JudgedItem>;
}

/** One arm's answer to one item. */
export interface ExportedAnswer {
  readonly item: ItemLine;
  readonly result: ArmResult;
  readonly judgement: Judgement;
}

/** What the outputs of an arm are made from. @throws EngineFault BAD_INPUT for a method this version does not know. */
export function exportedArm(
  arm: Arm,
  report: Report,
  { header, loaded, items }: Pick<Exported, 'header' | 'loaded' | 'items'>,
  methods: MethodRegistry = METHODS,
): Exported {
  const method = methods.get(arm.method);
  return {
    header,
    loaded,
    arm,
    method,
    settings: method.space.parse(arm.settings),
    judge: report.judge,
    report: report.answers.find(({ key }) => key === arm.name) ?? null,
    items,
  };
}

/** The arm's answers, judged, in the order of the dataset. */
export function* answersIn({
  arm,
  judge: name,
  items,
}: Pick<Exported, 'arm' | 'judge' | 'items'>): Generator<ExportedAnswer, void, undefined> {
  for (const { item, verdicts } of items()) {
    const result = item.arms[arm.name];
    if (result === undefined) continue;
    yield { item, result, judgement: judge(result.answer.text, item, name, verdicts.get(arm.name)) };
  }
}

/** What decided, in a word or two: a rule, `none`, or the language model's name. */
export function decider({ by, judge: model, rule }: Judgement): string {
  return by === 'llm' ? `llm:${model ?? ''}` : (rule ?? 'none');
}

/** Entries of a JSON list, each on a line of its own. */
export function* jsonList(values: Iterable<unknown>): Generator<string, void, undefined> {
  let before = '[';
  for (const value of values) {
    yield `${before}\n  ${JSON.stringify(value)}`;
    before = ',';
  }
  yield before === '[' ? '[]' : '\n]';
}

/** A JSON object piece by piece: `head` whole, then `name` with a list that need not fit into memory. */
export function* jsonWithList(
  head: Readonly<Record<string, unknown>>,
  name: string,
  values: Iterable<unknown>,
): Generator<string, void, undefined> {
  const fields = Object.entries(head).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  yield `{\n${fields.join('')}${JSON.stringify(name)}: `;
  yield* jsonList(values);
  yield '\n}\n';
}
