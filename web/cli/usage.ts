// What `npm run ask` is told on the command line, checked before anything is started.
import { parseArgs } from 'node:util';
import { EngineFault } from '../../src/errors';
import type { Method } from '../../src/methods/method';
import { PRESET, settingsFromPairs, type Pair } from '../../src/methods/read-settings';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { METHODS } from '../../src/methods/registry';
import { cleanQuestion } from '../../src/prompt/question';
import { describeRange } from '../../src/settings/space';
import { formatSetting } from '../../src/settings/text';
import type { HeadlessRun } from '../headless/protocol';
import { ADAPTER_HELP } from './adapter';
import { inOneSentence, joined, oneOf, parseFailure, UsageError } from './command';
import { MODEL_OPTIONS, readModelOptions, type ModelOptions } from './model-options';

export interface AskOptions extends Pick<HeadlessRun, 'method' | 'settings'>, ModelOptions {
  readonly imagePath: string;
  /** At least one. */
  readonly questions: readonly string[];
  /** Where the events go, as outputs.ts opens it; null when they go nowhere. */
  readonly out: string | null;
  /** Steps each run will take at most: the width of the curve. */
  readonly steps: number;
  /** What is worth knowing about the settings before the run, a sentence each. */
  readonly remarks: readonly string[];
}

/** The text of `--help`. */
export function helpText(methods: MethodRegistry = METHODS): string {
  return `Ask a vision-language model about a picture and watch it think, without a screen.

  npm run ask -- --image FILE --question TEXT [options]

  --image FILE          the picture: PNG, JPEG, WebP, GIF, AVIF or BMP
  --question TEXT       what to ask about it; may be given many times: the model is loaded once, and the questions are asked in order
  --method NAME         how the answer is found, one of:
${methodLines(methods)}  --preset NAME         settings that go together, such as a paper's; --settings lists them. --set changes them further
  --set name=value      change a setting; may be given many times; --settings lists those of the method
  --seed N              the seed of the noise: the same seed gives the same run
  --out FILE            write the run's events to FILE, one JSON object per line; the page can open it. With many questions
                        each has a file of its own: --out run.jsonl writes run-1.jsonl, run-2.jsonl and so on. FILE may also be
                        a named pipe, a device or /dev/stdout: what is there is written to as a stream, never replaced
  --device NAME         auto (default: WebGPU on a graphics card, else WASM), webgpu or wasm
${ADAPTER_HELP.trimEnd()}
  --model NAME          another model: noema-tiny-ivtlr, which comes with the page, a folder of this machine,
                        owner/name[@revision] on the hub, or an https address; default: the embedded one. The variable HF_TOKEN opens gated models
  --dtype NAME          auto (default), q4, q4f16, fp16 or fp32
  --settings            list the settings of the method with their defaults and ranges
  --help                this text

Exit status: 0 all answered, 1 a run failed or its events could not be written, 2 a request cannot be followed,
130 stopped by Ctrl-C or another signal, or because nobody reads what is printed any more.
`;
}

function methodLines({ list }: MethodRegistry): string {
  const width = Math.max(...list.map(({ id }) => id.length));
  return list.map(({ id, help }, index) => `${' '.repeat(26)}${id.padEnd(width)}  ${help}${index === 0 ? ' (default)' : ''}\n`).join('');
}

/** The settings of a method, their defaults and what they accept, and its presets, one per line. */
export function settingsList({ space, presets }: Method): string {
  const width = Math.max(...space.names.map((name) => name.length));
  const settings = space.names
    .map((name) => {
      const value = formatSetting(space.defaults[name]);
      const { help, source } = space.fields[name];
      const origin = source === undefined ? '' : `${' '.repeat(width + 2)}${source}\n`;
      return `${name.padEnd(width)}  ${value} (${describeRange(space.fields[name])}): ${help}\n${origin}`;
    })
    .join('');
  if (presets.length === 0) return settings;
  const lines = presets.map(({ id, help, settings: changed }) => {
    const pairs = Object.entries(changed).map(([name, value]) => `${name}=${formatSetting(value)}`);
    return `  ${id}: ${help}\n${' '.repeat(4)}${pairs.length === 0 ? 'the defaults' : pairs.join(' ')}\n`;
  });
  return `${settings}\nPresets (--preset NAME):\n${lines.join('')}`;
}

/**
 * Reads the command line. `help` and a method whose settings are to be listed ask for text and for no run.
 *
 * @throws UsageError when an option is unknown, missing, or has a value that is not allowed.
 */
export function parseAsk(
  argv: readonly string[],
  methods: MethodRegistry = METHODS,
): AskOptions | 'help' | { readonly settingsOf: Method } {
  const { values } = readOptions(argv);
  if (values.help === true) return 'help';
  const method = methodNamed(values.method, methods);
  if (values.settings === true) return { settingsOf: method };
  const image = values.image ?? '';
  if (image === '') throw new UsageError('--image is missing: name the file of a picture.');
  const questions = (values.question ?? ['']).map(readQuestion);
  if (values.out === '') throw new UsageError('--out is empty: name the file to write, or leave it out.');
  const settings = readSettings(method, values.preset, values.set ?? [], values.seed);
  return {
    imagePath: image,
    questions,
    out: values.out ?? null,
    ...readModelOptions(values),
    method: method.id,
    settings: method.space.diff(settings),
    steps: method.steps?.(settings) ?? 0,
    remarks: method.remarks?.(settings) ?? [],
  };
}

/** The method with this id, by default the first. @throws UsageError */
function methodNamed(id: string | undefined, methods: MethodRegistry): Method {
  const known = methods.list.map((method) => method.id);
  return methods.get(oneOf('--method', known, id ?? known[0]));
}

const OPTIONS = {
  image: { type: 'string' },
  question: { type: 'string', multiple: true },
  method: { type: 'string' },
  preset: { type: 'string' },
  set: { type: 'string', multiple: true },
  seed: { type: 'string' },
  out: { type: 'string' },
  ...MODEL_OPTIONS,
  settings: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({ args: joined(argv, OPTIONS), strict: true, allowPositionals: false, options: OPTIONS });
  } catch (thrown) {
    throw parseFailure(thrown, 'ask');
  }
}

function readQuestion(text: string): string {
  try {
    return cleanQuestion(text);
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw new UsageError(`--question: ${inOneSentence(thrown.value)}`);
    throw thrown;
  }
}

function readSettings(method: Method, preset: string | undefined, pairs: readonly string[], seed: string | undefined) {
  const given = [...pairs, ...(seed === undefined ? [] : [`seed=${seed}`])].map((pair): Pair => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--set ${pair} is not of the form name=value.`);
    return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  });
  try {
    return settingsFromPairs(method, preset === undefined ? given : [[PRESET, preset], ...given]);
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw new UsageError(inOneSentence(thrown.value));
    throw thrown;
  }
}
