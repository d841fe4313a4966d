// The files made from a log: the report, and for each arm those of released code, Inspect's and lmms-eval's. They can be made again at any time.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { exportedArm } from '../../../src/evaluation/exported';
import { inspectLog } from '../../../src/evaluation/inspect-log';
import { lmmsSamples } from '../../../src/evaluation/lmms-samples';
import { reportText } from '../../../src/evaluation/report-text';
import { m3cotLines, scienceQaResults } from '../../../src/evaluation/release-lines';
import { resultsJson, rewardCsv, rewardCsvName } from '../../../src/evaluation/results-json';
import { Summary, type Report, type SummaryOptions } from '../../../src/evaluation/summary';
import type { LogFile } from './log-file';
import { writeWhole } from './whole-file';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Where an arm's files are. */
export const armFolder = (folder: string, arm: string): string => join(folder, 'arms', arm);

/** Where an item's whole run is kept. */
export const runPath = (folder: string, arm: string, idx: number): string =>
  join(armFolder(folder, arm), 'runs', `${String(idx).padStart(6, '0')}.jsonl`);

/**
 * Writes everything that is made from a log, and gives the report.
 *
 * @param options how answers are judged and summarised.
 * @param csv whether each item's table of rewards is written as well.
 * @throws the operating system's error.
 */
export function writeOutputs(folder: string, log: LogFile, options: SummaryOptions, csv: boolean): Report {
  const summary = new Summary(log.header, options);
  for (const { item, verdicts } of log.items()) summary.add(item, verdicts);
  for (const problem of log.problems) summary.addProblem(problem);
  const report = summary.report();
  writeWhole(join(folder, 'report.json'), [`${JSON.stringify({ ...report, withoutResult: log.problems }, null, 1)}\n`]);
  writeWhole(join(folder, 'report.txt'), [reportText(report)]);
  for (const arm of log.header.arms) {
    const own = armFolder(folder, arm.name);
    const exported = exportedArm(arm, report, { header: log.header, loaded: log.loaded, items: () => log.items() });
    writeWhole(join(own, 'results.json'), resultsJson(exported));
    writeWhole(join(own, 'm3cot.jsonl'), m3cotLines(exported));
    writeWhole(join(own, 'scienceqa.json'), scienceQaResults(exported));
    writeWhole(join(own, 'inspect.json'), inspectLog(exported, idOf(log, arm.name)));
    writeWhole(join(own, 'samples.jsonl'), lmmsSamples(exported, sha256));
  }
  if (csv) for (const { item } of log.items()) writeRewards(folder, item);
  return report;
}

function writeRewards(
  folder: string,
  item: Parameters<typeof rewardCsvName>[0] & { readonly arms: Readonly<Record<string, Parameters<typeof rewardCsv>[0]>> },
): void {
  for (const [arm, result] of Object.entries(item.arms)) {
    const text = rewardCsv(result);
    if (text !== null) writeWhole(join(armFolder(folder, arm), 'reward_logs', rewardCsvName(item)), [text]);
  }
}

/** 22 letters and digits that are the same for the same evaluation and arm. */
function idOf({ header }: LogFile, arm: string): string {
  const { begun, dataset, model, arms, range, shard } = header;
  return createHash('sha256')
    .update(JSON.stringify([begun, dataset, model, arms, range, shard, arm]))
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .padEnd(22, '0')
    .slice(0, 22);
}
