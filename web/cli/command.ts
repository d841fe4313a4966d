// What the commands share: values of options that are checked against their choices, failures in one sentence, the exit status.
import { EngineFault, type EngineError } from '../../src/errors';
import { endWithParent } from './parent';

/** A request that cannot be followed: one clear sentence for the person who typed it; exit status 2. */
export class UsageError extends Error {}

export const EXIT = { done: 0, failed: 1, refused: 2, stopped: 130 } as const;

/** Faults of the request rather than of the run. */
const REFUSALS: ReadonlySet<string> = new Set(['BAD_INPUT', 'BAD_IMAGE']);

/** Whether the fault is one of the request: exit status 2, and nothing is written for it. */
export const isRefusal = ({ code }: Pick<EngineError, 'code'>): boolean => REFUSALS.has(code);

// Where nobody reads complaints any more, nobody can be told so.
process.stderr.on('error', () => undefined);

/** Writes a line to standard error. */
export const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** A refused request in one sentence: what was wrong, and what to do. */
export function inOneSentence({ message, action }: Pick<EngineError, 'message' | 'action'>): string {
  return `${message.replace(/\.$/, '')}: ${action.charAt(0).toLowerCase()}${action.slice(1)}`;
}

/**
 * The one of `known` that was given for `option`.
 *
 * @throws UsageError with the choices when it is none of them.
 */
export function oneOf<T extends string>(option: string, known: readonly T[], given: string): T {
  const found = known.find((value) => value === given);
  if (found === undefined) throw new UsageError(`${option} cannot be "${given}": give one of ${known.join(', ')}.`);
  return found;
}

/**
 * The whole number given for `option`.
 *
 * @throws UsageError when it is no whole number of at least `least`.
 */
export function wholeNumber(option: string, given: string, least = 1): number {
  const number = Number(given);
  if (given.trim() === '' || !Number.isInteger(number) || number < least) {
    throw new UsageError(`${option} cannot be "${given}": give a whole number of at least ${least}.`);
  }
  return number;
}

/** `--name -1` as `--name=-1`: a value may begin with a dash, as a negative number does. */
export function joined(argv: readonly string[], options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>): string[] {
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const takesValue = Object.entries(options).some(([name, { type }]) => type === 'string' && argv[i] === `--${name}`);
    const value = argv[i + 1];
    if (takesValue && value !== undefined && !value.startsWith('--')) args.push(`${argv[i]}=${argv[++i]}`);
    else args.push(argv[i]);
  }
  return args;
}

/** What `parseArgs` of Node says of a command line, with where to look. */
export function parseFailure(thrown: unknown, command: string): UsageError {
  // Node's own sentence names the option; its second sentence is about positional arguments and helps nobody here.
  const [sentence] = (thrown instanceof Error ? thrown.message : String(thrown)).split(/\. (?=To )|\n/);
  return new UsageError(`${sentence.replace(/\.$/, '')}. Run "npm run ${command} -- --help" for what there is.`);
}

/** What a command leaves open when it has ended is ended with it, after as many milliseconds. */
const LEFT_OPEN_MS = 5000;

/**
 * Runs a command to its end and sets the exit status to what `main` gives; what it throws is said in words. The command ends too when the npm
 * that started it has been ended.
 */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  endWithParent();
  try {
    process.exitCode = await main();
  } catch (thrown) {
    const refused = thrown instanceof UsageError || (thrown instanceof EngineFault && isRefusal(thrown.value));
    const stopped = thrown instanceof EngineFault && thrown.value.code === 'CANCELLED';
    if (!stopped)
      complain(thrown instanceof EngineFault ? inOneSentence(thrown.value) : thrown instanceof Error ? thrown.message : String(thrown));
    process.exitCode = refused ? EXIT.refused : stopped ? EXIT.stopped : EXIT.failed;
  }
  setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
}
