// `npm run evaluate`: ways of answering compared on a dataset, by the page's engine without a screen.
import { join } from 'node:path';
import { reportText } from '../../src/evaluation/report-text';
import { EngineFault } from '../../src/errors';
import { complain, EXIT, runCommand, UsageError } from './command';
import { EVALUATE_HELP } from './evaluate/help';
import { joinShards } from './evaluate/join';
import { openJudging } from './evaluate/judging';
import { takeLock } from './evaluate/lock';
import { LogFile } from './evaluate/log-file';
import { parseEvaluate, type OutputOptions, type VerifyOptions } from './evaluate/options';
import { runEvaluation } from './evaluate/run';
import { writeOutputs } from './evaluate/write-outputs';
import { reasonOf } from './output';
import { Printed } from './printed';
import { stopOnSignals } from './signals';

async function main(argv: readonly string[]): Promise<number> {
  const options = parseEvaluate(argv);
  const printed = new Printed(process.stdout, ({ isClosed, reason }) => {
    if (!isClosed) complain(`What is printed cannot be read any more (${reason}): the evaluation goes on.`);
  });
  if (options === 'help') {
    await printed.print(EVALUATE_HELP);
    return EXIT.done;
  }
  const conclude = (log: LogFile): void => {
    const report = writeOutputs(options.out, log, options, options.saveRewardCsv);
    printed.write(`\n${reportText(report)}\nWritten to ${options.out}: report.txt, report.json and, for each arm, arms/NAME.\n`);
  };
  switch (options.command) {
    case 'run': {
      const { signal } = stopOnSignals();
      return runEvaluation(options, signal, { screen: printed, complain }, conclude);
    }
    case 'merge': {
      const log = joinShards(options, complain);
      return judgedAgain(options, log, conclude);
    }
    case 'verify':
      return verify(options, conclude);
  }
}

/** Judges a finished log again: by rules at once, by a language model where it has no verdict yet. */
async function verify(options: VerifyOptions, conclude: (log: LogFile) => void): Promise<number> {
  const path = join(options.out, 'log.jsonl');
  const unlock = takeLock(`${path}.lock`);
  try {
    return await judgedAgain(options, openFinished(path), conclude);
  } finally {
    unlock();
  }
}

function openFinished(path: string): LogFile {
  try {
    return LogFile.open(path);
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw thrown;
    throw new UsageError(`"${path}" cannot be opened: ${reasonOf(thrown)}. Name the folder of an evaluation with --out.`);
  }
}

async function judgedAgain(options: OutputOptions, log: LogFile, conclude: (log: LogFile) => void): Promise<number> {
  try {
    const judging = await openJudging(options, log, complain);
    for (const item of options.judge === 'llm' ? log.items() : []) judging.add(item);
    await judging.finish();
    conclude(log);
    return log.answered === log.places.size ? EXIT.done : EXIT.failed;
  } finally {
    log.close();
  }
}

await runCommand(() => main(process.argv.slice(2)));
