// `npm run ask`: one question about one picture, run by the page's engine without a screen.
import { EngineFault, type EngineError } from '../../src/errors';
import type { RunEvent } from '../../src/events/events';
import { writeRecord } from '../../src/events/record';
import { runInBrowser } from './browser-job';
import { ensureBuilt } from './built-page';
import { checkWritable, readPicture, writeWhole } from './files';
import { Report } from './report';
import { HELP, inOneSentence, parseAsk, settingsList, UsageError } from './usage';

const EXIT = { answered: 0, failed: 1, refused: 2, stopped: 130 } as const;

/** Faults of the request rather than of the run: nothing is written for them. */
const REFUSALS: ReadonlySet<string> = new Set(['BAD_INPUT', 'BAD_IMAGE']);

const complain = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const options = parseAsk(argv);
  if (options === 'help' || options === 'settings') {
    process.stdout.write(options === 'help' ? HELP : settingsList());
    return EXIT.answered;
  }
  const { imagePath, outPath, model, steps, ...request } = options;
  const picture = readPicture(imagePath);
  if (outPath !== null) checkWritable(outPath);

  const stop = new AbortController();
  const onSignal = (): void => {
    // The second Ctrl-C is for a person who does not want to wait for the events of the first.
    if (stop.signal.aborted) process.exit(EXIT.stopped);
    complain('\nStopping …');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);

  await ensureBuilt(complain);
  const report = new Report(process.stdout, steps);
  const events: RunEvent[] = [];
  const hooks = {
    load: report.load.bind(report),
    run: (event: RunEvent): void => {
      events.push(event);
      report.run(event);
    },
    say: complain,
  };
  const token = process.env['HF_TOKEN'];
  const job = { ...request, picture, model, ...(token === undefined || token === '' ? {} : { token }) };
  const problem = await runInBrowser(job, hooks, stop.signal);
  if (problem !== null && events.length > 0) events.push({ type: 'failed', error: problem });
  return conclude(events, problem, outPath);
}

/** Writes what there is to write and says how it ended; the exit status. */
function conclude(events: readonly RunEvent[], problem: EngineError | null, outPath: string | null): number {
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
    complain(inOneSentence(error));
    return EXIT.refused;
  }
  complain(`${error.message} ${error.action}${error.detail === undefined ? '' : `\n(${error.code}: ${error.detail})`}`);
  return EXIT.failed;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  const refused = thrown instanceof UsageError || (thrown instanceof EngineFault && REFUSALS.has(thrown.value.code));
  complain(thrown instanceof EngineFault ? inOneSentence(thrown.value) : thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = refused ? EXIT.refused : EXIT.failed;
}
