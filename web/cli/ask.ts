// `npm run ask`: one question about one picture, run by the page's engine without a screen.
import type { EngineError } from '../../src/errors';
import type { RunEvent } from '../../src/events/events';
import { writeRecord } from '../../src/events/record';
import { chooseAdapter } from './adapter';
import { runInBrowser } from './browser-job';
import { ensureBuilt } from './built-page';
import { CHROMIUM_FLAGS } from './chromium';
import { complain, EXIT, inOneSentence, isRefusal, runCommand } from './command';
import { checkWritable, readPicture, writeWhole } from './files';
import { Report } from './report';
import { HELP, parseAsk, settingsList } from './usage';

async function main(argv: readonly string[]): Promise<number> {
  const options = parseAsk(argv);
  if (options === 'help' || options === 'settings') {
    process.stdout.write(options === 'help' ? HELP : settingsList());
    return EXIT.done;
  }
  const { imagePath, outPath, model, steps, adapter, ...request } = options;
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
  const taken = adapter === null ? null : await chooseAdapter(adapter);
  if (taken !== null) complain(taken.line);
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
  const flags = taken?.flags ?? CHROMIUM_FLAGS;
  const job = { ...request, picture, model, flags, ...(token === undefined || token === '' ? {} : { token }) };
  const problem = await runInBrowser(job, hooks, stop.signal);
  if (problem !== null && events.length > 0) events.push({ type: 'failed', error: problem });
  return conclude(events, problem, outPath);
}

/** Writes what there is to write and says how it ended; the exit status. */
function conclude(events: readonly RunEvent[], problem: EngineError | null, outPath: string | null): number {
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
    complain(inOneSentence(error));
    return EXIT.refused;
  }
  complain(`${error.message} ${error.action}${error.detail === undefined ? '' : `\n(${error.code}: ${error.detail})`}`);
  return EXIT.failed;
}

await runCommand(() => main(process.argv.slice(2)));
