// An evaluation that is killed while its log is written, anywhere, goes on to the same bytes: the log, and every file made from it.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shardRange, type Shard } from '../../../../../src/evaluation/dataset';
import { evaluate, type Evaluation } from '../../../../../src/evaluation/evaluate';
import type { Header } from '../../../../../src/evaluation/log';
import type { RunEvent } from '../../../../../src/events/events';
import { createRandom } from '../../../../../src/math/random';
import { joinShards } from '../../../../../web/cli/evaluate/join';
import { LogFile } from '../../../../../web/cli/evaluate/log-file';
import { writeOutputs } from '../../../../../web/cli/evaluate/write-outputs';
import { headerOf, LOADED, summarised, toyEvaluation, toyItems } from '../../../../fakes/evaluations';

const ITEMS = 6;
const OPTIONS = summarised({ groups: [{ name: 'both', families: ['even', 'odd'] }] });
const folder = mkdtempSync(join(tmpdir(), 'noema-kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entries = toyItems(ITEMS);
const logIn = (out: string): string => join(out, 'log.jsonl');

/** Every run by its question and arm: a run that is made again gives the same events (evaluate.test.ts), and need not be made again here. */
const made = new Map<string, readonly RunEvent[]>();
const { evaluation: toy } = toyEvaluation();
const ask: Evaluation<string>['ask'] = async (request, event) => {
  for (const [index, arm] of request.arms.entries()) {
    const key = JSON.stringify([request.question, arm.name]);
    let events = made.get(key);
    if (events === undefined) {
      const own: RunEvent[] = [];
      await toy.ask({ ...request, arms: [arm] }, (_, one) => void own.push(one));
      made.set(key, own);
      events = own;
    }
    for (const one of events) event(index, one);
  }
  return null;
};

/** Begins the evaluation in a folder, or goes on with it as the command does. */
async function goOn(out: string, header: Header): Promise<void> {
  mkdirSync(out, { recursive: true });
  const log = statSync(logIn(out), { throwIfNoEntry: false }) ? LogFile.open(logIn(out)) : LogFile.create(logIn(out), header);
  const { done } = log;
  const { from, to } = shardRange(header.range, header.shard);
  log.noteLoaded(LOADED);
  const { evaluation } = toyEvaluation({ ask, append: (line) => log.append(line) });
  await evaluate(
    entries.slice(from, to).filter(({ place }) => !done.has(place)),
    evaluation,
  );
  writeOutputs(out, log, OPTIONS, true);
  log.close();
}

/** Every file of a folder by its path. */
const filesIn = (out: string): Map<string, string> =>
  new Map(
    readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(out.length + 1), readFileSync(path, 'utf8')]),
  );

/** Cuts a log off somewhere after its header, which is written as a whole. */
function cutAt(out: string, share: number): void {
  const text = readFileSync(logIn(out));
  const header = text.indexOf('\n') + 1;
  truncateSync(logIn(out), header + Math.floor(share * (text.length - header)));
}

let whole: Map<string, string>;
beforeAll(async () => {
  const out = join(folder, 'whole');
  await goOn(out, headerOf(ITEMS));
  whole = filesIn(out);
});

it('at 20 random bytes', async () => {
  const random = createRandom(3);
  // What is compared has all parts: controls, options, fields, costs, rewards.
  expect(whole.get('report.txt')).toContain('control of dmlr');
  expect([...whole.keys()]).toContain('arms/dmlr/reward_logs/reward_steps_000012.csv');
  for (let cut = 0; cut < 20; cut++) {
    const out = join(folder, `cut-${cut}`);
    mkdirSync(out);
    cpSync(logIn(join(folder, 'whole')), logIn(out));
    cutAt(out, random.uniform());
    await goOn(out, headerOf(ITEMS));
    expect(filesIn(out), `cut ${cut}`).toEqual(whole);
  }
});

it('as two shards, each killed once, that are joined', async () => {
  const random = createRandom(4);
  const shards = await Promise.all(
    [2, 1].map(async (number): Promise<string> => {
      const shard: Shard = { number, of: 2 };
      const out = join(folder, `shard-${number}`);
      await goOn(out, headerOf(ITEMS, { shard }));
      cutAt(out, random.uniform());
      await goOn(out, headerOf(ITEMS, { shard }));
      return out;
    }),
  );
  const out = join(folder, 'joined');
  const joined = joinShards(
    { command: 'merge', out, shards, ...OPTIONS, judgeRate: null, judgeTimeoutMs: 1, saveRewardCsv: true },
    () => undefined,
  );
  writeOutputs(out, joined, OPTIONS, true);
  joined.close();
  expect(filesIn(out)).toEqual(whole);
});
