// `npm run ask`: questions about one picture, run by the page's engine without a screen.
import { EngineFault, type EngineError } from '../../src/errors';
import { isTerminal, type LoadEvent, type RunEvent } from '../../src/events/events';
import { writeRecord } from '../../src/events/record';
import { runInBrowser } from './browser-job';
import { ensureBuilt } from './built-page';
import { checkWritable, readPicture, writeWhole } from './files';
import { Report } from './report';
import { helpText, inOneSentence, parseAsk, settingsList, UsageError } from './usage';

const EXIT = { answered: 0, failed: 1, refused: 2, stopped: 130 } as const;

/** Faults of the request rather than of the run: nothing is written for them. */
const REFUSALS: ReadonlySet<string> = new Set(['BAD_INPUT', 'BAD_IMAGE']);

const complain = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const options = parseAsk(argv);
  if (options === 'help' || 'settingsOf' in options) {
    process.stdout.write(options === 'help' ? helpText() : settingsList(options.settingsOf));
    return EXIT.answered;
  }
  const { imagePath, questions, outPaths, steps, method, settings, ...request } = options;
  const picture = readPicture(imagePath);
  outPaths?.forEach(checkWritable);

  const stop = new AbortController();
  const onSignal = (): void => {
    // The second Ctrl-C is for a person who does not want to wait for the events of the first.
    if (stop.signal.aborted) process.exit(EXIT.stopped);
    complain('\nStopping …');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);

  await ensureBuilt(complain);
  const runs = questions.map((question) => ({ method, question, settings, picture }));
  const reports = runs.map(() => new Report(process.stdout, steps));
  const all = runs.map((): RunEvent[] => []);
  const hooks = {
    load: (event: LoadEvent): void => reports[0].load(event),
    run: (index: number, event: RunEvent): void => {
      if (event.type === 'started' && runs.length > 1) process.stdout.write(`\n${index + 1} of ${runs.length}: ${runs[index].question}\n`);
      all[index].push(event);
      reports[index].run(event);
    },
    say: complain,
  };
  const token = process.env['HF_TOKEN'];
  const job = { ...request, runs, ...(token === undefined || token === '' ? {} : { token }) };
  const problem = await runInBrowser(job, hooks, stop.signal);
  return conclude(all, problem, outPaths);
}

/** Writes what there is to write and says how it ended; the exit status is that of the run that ended worst. */
function conclude(all: readonly RunEvent[][], problem: EngineError | null, outPaths: readonly string[] | null): number {
  let said = false;
  const statuses = all.map((events, index) => {
    const isOpen = !events.some(isTerminal);
    if (isOpen && problem !== null && events.length > 0) events.push({ type: 'failed', error: problem });
    // Runs that never began share one problem.
    const isSaid = said && events.length === 0;
    said ||= isOpen;
    return concludeRun(events, isOpen ? problem : null, outPaths?.[index] ?? null, isSaid);
  });
  return [EXIT.stopped, EXIT.failed, EXIT.refused].find((status) => statuses.includes(status)) ?? EXIT.answered;
}

/** The same for one run; `quietly` when what kept it from beginning has been said. */
function concludeRun(events: readonly RunEvent[], problem: EngineError | null, outPath: string | null, quietly: boolean): number {
  const last = events.at(-1);
  const error = last?.type === 'failed' ? last.error : problem;
  const refused = error !== null && REFUSALS.has(error.code);
  if (outPath !== null && events.length > 0 && !refused) {
    writeWhole(outPath, writeRecord(events));
    process.stdout.write(`${events.length} events in ${outPath}\n`);
  }
  if (last?.type === 'cancelled' || error?.code === 'CANCELLED') return EXIT.stopped;
  if (error === null) return EXIT.answered;
  if (refused) {
    if (!quietly) complain(inOneSentence(error));
    return EXIT.refused;
  }
  if (!quietly) complain(`${error.message} ${error.action}${error.detail === undefined ? '' : `\n(${error.code}: ${error.detail})`}`);
  return EXIT.failed;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  const refused = thrown instanceof UsageError || (thrown instanceof EngineFault && REFUSALS.has(thrown.value.code));
  complain(thrown instanceof EngineFault ? inOneSentence(thrown.value) : thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = refused ? EXIT.refused : EXIT.failed;
}
