// What `npm run ask` is told on the command line, checked before anything is started.
import { parseArgs } from 'node:util';
import type { LoadRequest, Method } from '../../src/engine/engine';
import { EngineFault } from '../../src/errors';
import { DTYPE_CHOICES } from '../../src/model/dtype';
import { cleanQuestion } from '../../src/prompt/question';
import { DEFAULT_SETTINGS, parseSettings, SETTING_FIELDS, SETTING_NAMES, settingsDiff, describeRange } from '../../src/settings/schema';
import { formatSetting, parseSetting } from '../../src/settings/text';
import type { HeadlessRequest } from '../headless/protocol';
import { ADAPTERS, ADAPTER_HELP, type AdapterChoice } from './adapter';
import { inOneSentence, oneOf, parseFailure, UsageError } from './command';

export interface AskOptions extends Pick<HeadlessRequest, 'method' | 'question' | 'settings' | 'device' | 'dtype'> {
  readonly imagePath: string;
  readonly outPath: string | null;
  /** Which WebGPU adapter the browser is started with; null where none is used. */
  readonly adapter: AdapterChoice | null;
  /** A folder of this machine, or what `parseModelSource` reads; null for the embedded model. */
  readonly model: string | null;
  /** Steps the run will take at most: the width of the curve. */
  readonly steps: number;
}

const METHODS: readonly Method[] = ['dmlr', 'direct', 'cot'];
const DEVICES: readonly LoadRequest['device'][] = ['auto', 'webgpu', 'wasm'];

export const HELP = `Ask a vision-language model about a picture and watch it think, without a screen.

  npm run ask -- --image FILE --question TEXT [options]

  --image FILE          the picture: PNG, JPEG, WebP, GIF, AVIF or BMP
  --question TEXT       what to ask about it
  --method NAME         dmlr (default: optimise the think tokens), direct (answer at once), cot (step by step in words)
  --set name=value      change a setting; may be given many times; --settings lists them
  --seed N              the seed of the noise: the same seed gives the same run
  --out FILE            write the run's events to FILE, one JSON object per line; the page can open it
  --device NAME         auto (default: WebGPU on a graphics card, else WASM), webgpu or wasm
${ADAPTER_HELP.trimEnd()}
  --model NAME          another model: a folder of this machine, owner/name[@revision] on the hub, or an https address;
                        default: the embedded one. The variable HF_TOKEN opens gated models
  --dtype NAME          auto (default), q4, q4f16, fp16 or fp32
  --settings            list the settings with their defaults and ranges
  --help                this text

Exit status: 0 answered, 1 the run failed, 2 the request cannot be followed, 130 stopped by Ctrl-C.
`;

/** The settings, their defaults and what they accept, one per line. */
export function settingsList(): string {
  const width = Math.max(...SETTING_NAMES.map((name) => name.length));
  return SETTING_NAMES.map((name) => {
    const value = formatSetting(DEFAULT_SETTINGS[name]);
    const { help, source } = SETTING_FIELDS[name];
    const origin = source === undefined ? '' : `${' '.repeat(width + 2)}${source}\n`;
    return `${name.padEnd(width)}  ${value} (${describeRange(SETTING_FIELDS[name])}): ${help}\n${origin}`;
  }).join('');
}

/**
 * Reads the command line. `help` and `settings` ask for text and for no run.
 *
 * @throws UsageError when an option is unknown, missing, or has a value that is not allowed.
 */
export function parseAsk(argv: readonly string[]): AskOptions | 'help' | 'settings' {
  const { values } = readOptions(argv);
  if (values.help === true) return 'help';
  if (values.settings === true) return 'settings';
  const image = values.image ?? '';
  if (image === '') throw new UsageError('--image is missing: name the file of a picture.');
  const question = readQuestion(values.question ?? '');
  if (values.out === '') throw new UsageError('--out is empty: name the file to write, or leave it out.');
  const settings = readSettings(values.set ?? [], values.seed);
  const device = oneOf('--device', DEVICES, values.device ?? 'auto');
  return {
    imagePath: image,
    question,
    outPath: values.out ?? null,
    model: values.model === undefined || values.model === '' ? null : values.model,
    method: oneOf('--method', METHODS, values.method ?? 'dmlr'),
    device,
    adapter: readAdapter(device, values.adapter),
    dtype: oneOf('--dtype', DTYPE_CHOICES, values.dtype ?? 'auto'),
    settings: settingsDiff(settings),
    steps: settings.steps,
  };
}

const OPTIONS = {
  image: { type: 'string' },
  question: { type: 'string' },
  method: { type: 'string' },
  set: { type: 'string', multiple: true },
  seed: { type: 'string' },
  out: { type: 'string' },
  device: { type: 'string' },
  adapter: { type: 'string' },
  model: { type: 'string' },
  dtype: { type: 'string' },
  settings: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({ args: joined(argv), strict: true, allowPositionals: false, options: OPTIONS });
  } catch (thrown) {
    throw parseFailure(thrown, 'ask');
  }
}

/** `--name -1` as `--name=-1`: a value may begin with a dash, as a negative number does. */
function joined(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const takesValue = Object.entries(OPTIONS).some(([name, { type }]) => type === 'string' && argv[i] === `--${name}`);
    const value = argv[i + 1];
    if (takesValue && value !== undefined && !value.startsWith('--')) args.push(`${argv[i]}=${argv[++i]}`);
    else args.push(argv[i]);
  }
  return args;
}

function readQuestion(text: string): string {
  try {
    return cleanQuestion(text);
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw new UsageError(`--question: ${inOneSentence(thrown.value)}`);
    throw thrown;
  }
}

function readSettings(pairs: readonly string[], seed: string | undefined) {
  const record: Record<string, unknown> = {};
  try {
    for (const pair of [...pairs, ...(seed === undefined ? [] : [`seed=${seed}`])]) {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--set ${pair} is not of the form name=value.`);
      const { name, value } = parseSetting(pair.slice(0, at).trim(), pair.slice(at + 1));
      record[name] = value;
    }
    return parseSettings(record);
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw new UsageError(inOneSentence(thrown.value));
    throw thrown;
  }
}

/** WASM uses no adapter: none is asked for, and none can be demanded. */
function readAdapter(device: LoadRequest['device'], given: string | undefined): AdapterChoice | null {
  const choice = oneOf('--adapter', ADAPTERS, given ?? 'auto');
  if (device !== 'wasm') return choice;
  if (given !== undefined) throw new UsageError('--adapter says where WebGPU computes: leave it out with --device wasm.');
  return null;
}
