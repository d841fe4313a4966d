// `npm run ask`: questions about one picture, run by the page's engine without a screen.
import type { EngineError } from '../../src/errors';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import { chooseAdapter } from './adapter';
import { runInBrowser } from './browser-job';
import { ensureBuilt } from './built-page';
import { CHROMIUM_FLAGS } from './chromium';
import { complain, EXIT, runCommand } from './command';
import { readPicture } from './files';
import { openOutputs } from './outputs';
import { Printed, type Loss } from './printed';
import { Report } from './report';
import { RunLog } from './run-log';
import { stopOnSignals } from './signals';
import { helpText, parseAsk, settingsList, type AskOptions } from './usage';

async function main(argv: readonly string[]): Promise<number> {
  const options = parseAsk(argv);
  if (options === 'help' || 'settingsOf' in options) {
    const printed = new Printed(process.stdout, (loss) => {
      if (!loss.isClosed) complain(`The text cannot be printed: ${loss.reason}.`);
    });
    await printed.print(options === 'help' ? helpText() : settingsList(options.settingsOf));
    return printed.loss === null || printed.loss.isClosed ? EXIT.done : EXIT.failed;
  }
  return ask(options);
}

async function ask({ imagePath, questions, out, steps, method, settings, remarks, adapter, ...request }: AskOptions): Promise<number> {
  remarks.forEach(complain);
  const picture = readPicture(imagePath);
  const stop = stopOnSignals();
  const { signal } = stop;
  const outputs = out === null ? [] : await openOutputs(out, questions.length, imagePath, signal, complain);
  const printed = new Printed(outputs.some(({ isStdout }) => isStdout) ? process.stderr : process.stdout, (loss) => {
    complain(
      `Nothing can be printed any more (${loss.reason}): ${out === null ? 'stopping' : `the run goes on, its events go to "${out}"`}.`,
    );
    if (out === null) stop.abort();
  });
  const logs = questions.map((_, index) => new RunLog(outputs[index] ?? null, (line) => printed.write(line)));
  // Whatever ends this process, what has happened until then gets its file.
  const onExit = (): void => logs.forEach((log) => log.endNow());
  process.on('exit', onExit);

  await ensureBuilt(complain);
  const taken = adapter === null || signal.aborted ? null : await chooseAdapter(adapter);
  const runs = questions.map((question) => ({ method, question, settings, picture }));
  const reports = runs.map(() => new Report(printed, steps));
  const hooks = {
    started: (): void => {
      if (taken !== null) complain(taken.line);
    },
    load: (event: LoadEvent): void => reports[0].load(event),
    run: (index: number, event: RunEvent): void => {
      if (event.type === 'started' && runs.length > 1) printed.write(`\n${index + 1} of ${runs.length}: ${runs[index].question}\n`);
      logs[index].add(event);
      reports[index].run(event);
    },
    say: complain,
  };
  const token = process.env['HF_TOKEN'];
  const flags = taken?.flags ?? CHROMIUM_FLAGS;
  const job = { ...request, runs, flags, ...(token === undefined || token === '' ? {} : { token }) };
  const problem = await runInBrowser(job, hooks, signal);
  const status = await conclude(logs, problem);
  return lostWhatWasAsked(printed.loss, out) ? EXIT.failed : status;
}

/** Ends every log and says how it ended; the exit status is that of the run that ended worst. */
async function conclude(logs: readonly RunLog[], problem: EngineError | null): Promise<number> {
  const statuses: number[] = [];
  let said = false;
  for (const log of logs) {
    // Runs that never began share one problem.
    const isSaid = said && !log.hasBegun;
    said ||= !log.hasEnded;
    statuses.push(await log.end(log.hasEnded ? null : problem, isSaid));
  }
  return [EXIT.stopped, EXIT.failed, EXIT.refused].find((status) => statuses.includes(status)) ?? EXIT.done;
}

/** A reader that has read enough has what it wanted; a full disk behind standard output has not, unless the events are elsewhere. */
const lostWhatWasAsked = (loss: Loss | null, out: string | null): boolean => loss !== null && !loss.isClosed && out === null;

await runCommand(() => main(process.argv.slice(2)));
