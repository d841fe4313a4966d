// `npm run ask`: questions about one picture, run by the page's engine without a screen.
import type { EngineError } from '../../src/errors';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import { isTerminal } from '../../src/events/kinds';
import { writeRecord } from '../../src/events/record';
import { chooseAdapter } from './adapter';
import { runInBrowser } from './browser-job';
import { ensureBuilt } from './built-page';
import { CHROMIUM_FLAGS } from './chromium';
import { complain, EXIT, inOneSentence, isRefusal, runCommand } from './command';
import { checkWritable, readPicture, writeWhole } from './files';
import { Report } from './report';
import { helpText, parseAsk, settingsList } from './usage';

async function main(argv: readonly string[]): Promise<number> {
  const options = parseAsk(argv);
  if (options === 'help' || 'settingsOf' in options) {
    process.stdout.write(options === 'help' ? helpText() : settingsList(options.settingsOf));
    return EXIT.done;
  }
  const { imagePath, questions, outPaths, steps, method, settings, remarks, adapter, ...request } = options;
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
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
  const taken = adapter === null ? null : await chooseAdapter(adapter);
  if (taken !== null) complain(taken.line);
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
  const flags = taken?.flags ?? CHROMIUM_FLAGS;
  const job = { ...request, runs, flags, ...(token === undefined || token === '' ? {} : { token }) };
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
  return [EXIT.stopped, EXIT.failed, EXIT.refused].find((status) => statuses.includes(status)) ?? EXIT.done;
}

/** The same for one run; `quietly` when what kept it from beginning has been said. */
function concludeRun(events: readonly RunEvent[], problem: EngineError | null, outPath: string | null, quietly: boolean): number {
  const last = events.at(-1);
  const error = last?.type === 'failed' ? last.error : problem;
  const refused = error !== null && isRefusal(error);
  if (outPath !== null && events.length > 0 && !refused) {
    writeWhole(outPath, writeRecord(events));
    process.stdout.write(`${events.length} events in ${outPath}\n`);
  }
  if (last?.type === 'cancelled' || error?.code === 'CANCELLED') return EXIT.stopped;
  if (error === null) return EXIT.done;
  if (refused) {
    if (!quietly) complain(inOneSentence(error));
    return EXIT.refused;
  }
  if (!quietly) complain(`${error.message} ${error.action}${error.detail === undefined ? '' : `\n(${error.code}: ${error.detail})`}`);
  return EXIT.failed;
}

await runCommand(() => main(process.argv.slice(2)));
