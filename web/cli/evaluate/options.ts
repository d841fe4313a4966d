// What `npm run evaluate` is told on the command line, checked before anything is started.
import { parseArgs } from 'node:util';
import { FIELD_NAME } from '../../../src/evaluation/dataset';
import { checkArms, makeArm, parseArm, parsePair, UNTOUCHED, type Arm } from '../../../src/evaluation/arms';
import type { Pair } from '../../../src/methods/read-settings';
import type { Shard } from '../../../src/evaluation/dataset';
import type { FamilyGroup } from '../../../src/evaluation/breakdown';
import { JUDGES } from '../../../src/evaluation/judge';
import type { SummaryOptions } from '../../../src/evaluation/summary';
import type { MethodRegistry } from '../../../src/methods/method-registry';
import { METHODS } from '../../../src/methods/registry';
import { COMMON_FIELDS } from '../../../src/settings/common';
import { joined, oneOf, parseFailure, UsageError, wholeNumber } from '../command';
import { MODEL_OPTIONS, readModelOptions, type ModelOptions } from '../model-options';

/** How answers are judged, and what is written. */
export interface OutputOptions extends SummaryOptions {
  readonly out: string;
  /** Requests to the judge in a minute at most; null: as many as it takes. */
  readonly judgeRate: number | null;
  readonly judgeTimeoutMs: number;
  readonly saveRewardCsv: boolean;
}

export interface RunOptions extends OutputOptions, ModelOptions {
  readonly command: 'run';
  readonly dataset: string;
  readonly images: string | null;
  readonly hosts: readonly string[];
  readonly arms: readonly Arm[];
  readonly baseline: string;
  /** The first place that is evaluated, and the one after the last; null: to the end. */
  readonly from: number;
  readonly to: number | null;
  readonly shard: Shard;
  /** Whether there must be something to go on with. */
  readonly resume: boolean;
  readonly keepRuns: boolean;
  readonly times: boolean;
  /** Whether every arm reads picture and prompt for itself. */
  readonly readAnew: boolean;
}

export interface VerifyOptions extends OutputOptions {
  readonly command: 'verify';
}

export interface MergeOptions extends OutputOptions {
  readonly command: 'merge';
  readonly shards: readonly string[];
}

export type EvaluateOptions = RunOptions | VerifyOptions | MergeOptions;

const OPTIONS = {
  dataset: { type: 'string' },
  images: { type: 'string' },
  'allow-host': { type: 'string', multiple: true },
  out: { type: 'string' },
  resume: { type: 'boolean' },
  method: { type: 'string' },
  set: { type: 'string', multiple: true },
  against: { type: 'string' },
  arm: { type: 'string', multiple: true },
  baseline: { type: 'string' },
  seed: { type: 'string' },
  'max-new-tokens': { type: 'string' },
  ...MODEL_OPTIONS,
  'start-data-idx': { type: 'string' },
  'end-data-idx': { type: 'string' },
  shard: { type: 'string' },
  'read-anew': { type: 'boolean' },
  by: { type: 'string', multiple: true },
  group: { type: 'string', multiple: true },
  judge: { type: 'string' },
  'use-llm-verify': { type: 'boolean' },
  'judge-rate': { type: 'string' },
  'judge-timeout': { type: 'string' },
  'verify-only': { type: 'boolean' },
  'save-reward-csv': { type: 'boolean' },
  'keep-runs': { type: 'boolean' },
  'leave-out-times': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line. Names of options may be written with `_` for `-`, as the released code has them.
 *
 * @throws UsageError when an option is unknown, missing, or has a value that is not allowed; EngineFault BAD_INPUT for an arm that cannot be.
 */
export function parseEvaluate(argv: readonly string[], methods: MethodRegistry = METHODS): EvaluateOptions | 'help' {
  const { values, positionals } = readOptions(argv.map(withHyphens));
  if (values.help === true) return 'help';
  const [command, ...shards] = positionals;
  if (command !== undefined && command !== 'merge') throw new UsageError(`"${command}" is no part of this command: there is only merge.`);
  const outputs = readOutputs(values);
  if (command === 'merge') {
    if (shards.length === 0) throw new UsageError('merge needs the output folders of all shards.');
    return { command: 'merge', shards, ...outputs };
  }
  if (values['verify-only'] === true) return { command: 'verify', ...outputs };
  if (values.dataset === undefined || values.dataset === '') throw new UsageError("--dataset is missing: name the dataset's JSON file.");
  const arms = readArms(values, methods);
  const from = values['start-data-idx'] === undefined ? 0 : wholeNumber('--start-data-idx', values['start-data-idx'], 0);
  const to = values['end-data-idx'] === undefined ? null : wholeNumber('--end-data-idx', values['end-data-idx'], 1);
  if (to !== null && to <= from)
    throw new UsageError(`--end-data-idx (${to}) must be above --start-data-idx (${from}): the end is not included.`);
  return {
    command: 'run',
    ...outputs,
    ...readModelOptions(values),
    dataset: values.dataset,
    images: values.images ?? null,
    hosts: (values['allow-host'] ?? []).map(readHost),
    arms,
    baseline: readBaseline(values, arms, methods),
    from,
    to,
    shard: readShard(values.shard),
    resume: values.resume === true,
    keepRuns: values['keep-runs'] === true,
    times: values['leave-out-times'] !== true,
    readAnew: values['read-anew'] === true,
  };
}

type Values = ReturnType<typeof readOptions>['values'];

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({ args: joined(argv, OPTIONS), strict: true, allowPositionals: true, options: OPTIONS });
  } catch (thrown) {
    throw parseFailure(thrown, 'evaluate');
  }
}

/** `--start_data_idx=5` as `--start-data-idx=5`; values stay what they are. */
function withHyphens(argument: string): string {
  return argument.replace(/^--[^=]+/, (name) => name.replaceAll('_', '-'));
}

function readOutputs(values: Values): OutputOptions {
  if (values.out === undefined || values.out === '') throw new UsageError('--out is missing: name the folder for the results.');
  const judge =
    values.judge === undefined ? (values['use-llm-verify'] === true ? 'llm' : 'strict') : oneOf('--judge', JUDGES, values.judge);
  if (values['use-llm-verify'] === true && judge !== 'llm')
    throw new UsageError(`--use-llm-verify means --judge llm: leave --judge ${judge} out.`);
  return {
    out: values.out,
    judge,
    by: values.by === undefined ? null : [...new Set(values.by.flatMap(readFields))],
    groups: readGroups(values.group ?? []),
    judgeRate: values['judge-rate'] === undefined ? null : wholeNumber('--judge-rate', values['judge-rate']),
    judgeTimeoutMs: 1000 * wholeNumber('--judge-timeout', values['judge-timeout'] ?? '30'),
    saveRewardCsv: values['save-reward-csv'] === true,
  };
}

/** Settings that every method has go to every arm; the others to the arm of `--method`. */
function readArms(values: Values, methods: MethodRegistry): readonly Arm[] {
  const own = (values.set ?? []).map((pair) => parsePair(pair, '--set'));
  const given: readonly Pair[] = [
    ...(values.seed === undefined ? [] : [['seed', values.seed] as const]),
    ...(values['max-new-tokens'] === undefined ? [] : [['maxNewTokens', values['max-new-tokens']] as const]),
  ];
  const shared = [...own.filter(([name]) => Object.hasOwn(COMMON_FIELDS, name)), ...given];
  const listed = (values.arm ?? []).map((text) => parseArm(text, shared, methods));
  const needsMain = listed.length === 0 || values.method !== undefined || own.length > 0;
  const mainId = values.method ?? methods.list[0].id;
  const main = needsMain ? [makeArm(mainId, mainId, own, given, methods)] : [];
  const arms = [...main, ...listed, ...namesIn(values.against).map((id) => makeArm(id, id, [], shared, methods))];
  checkArms(arms);
  return arms;
}

/** The names in `a,b`. */
const namesIn = (list: string | undefined): string[] =>
  (list ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));

/** By default the first of `--against`, else the second arm, else the first arm's own untouched baseline, else the first arm itself. */
function readBaseline({ baseline: given, against }: Values, arms: readonly Arm[], methods: MethodRegistry): string {
  const hasOwn = ({ method, settings }: Arm): boolean => {
    const { space, baseline } = methods.get(method);
    return (baseline?.(space.parse(settings)) ?? null) !== null;
  };
  const keys = arms.flatMap((arm) => [arm.name, ...(hasOwn(arm) ? [`${arm.name}${UNTOUCHED}`] : [])]);
  if (given !== undefined) return oneOf('--baseline', keys, given);
  const [first, second] = arms;
  return namesIn(against)[0] ?? second?.name ?? (hasOwn(first) ? `${first.name}${UNTOUCHED}` : first.name);
}

/** The fields in `--by domain,topic`. */
function readFields(list: string): string[] {
  const fields = namesIn(list);
  const odd = fields.find((field) => !FIELD_NAME.test(field));
  if (fields.length === 0 || odd !== undefined) {
    throw new UsageError(`--by cannot be "${odd ?? list}": name fields that the items have, such as family or domain,topic.`);
  }
  return fields;
}

/** The groups in `--group two-step=two_hop,sum`, each with another name. */
function readGroups(given: readonly string[]): readonly FamilyGroup[] {
  const groups = given.map((text): FamilyGroup => {
    const [name, families] = parsePair(text, '--group');
    const all = namesIn(families);
    if (all.length === 0) throw new UsageError(`--group ${name} has no family: write --group ${name}=FAMILY,FAMILY.`);
    return { name, families: [...new Set(all)] };
  });
  const twice = groups.find(({ name }, index) => groups.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined) throw new UsageError(`Two groups are called "${twice.name}": name each once.`);
  return groups;
}

function readHost(text: string): string {
  if (/^[A-Za-z0-9.-]+(?::\d+)?$|^\[[0-9a-f:]+\](?::\d+)?$/i.test(text)) return text.toLowerCase();
  throw new UsageError(`--allow-host cannot be "${text}": give the name of one host, such as example.org.`);
}

function readShard(text: string | undefined): Shard {
  if (text === undefined) return { number: 1, of: 1 };
  const [, number, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { number: Number(number), of: Number(of) };
  if (shard.number >= 1 && shard.number <= shard.of) return shard;
  throw new UsageError(`--shard cannot be "${text}": give its number and how many there are, such as 1/8 or 8/8.`);
}
