// A log judged by a language model: verdicts become lines, what is made of the log changes, and a judge that is down changes nothing.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { evaluate } from '../../../../../src/evaluation/evaluate';
import { openJudging } from '../../../../../web/cli/evaluate/judging';
import { LogFile } from '../../../../../web/cli/evaluate/log-file';
import { writeOutputs } from '../../../../../web/cli/evaluate/write-outputs';
import { headerOf, toyEvaluation, toyItems } from '../../../../fakes/evaluations';

const folder = mkdtempSync(join(tmpdir(), 'noema-judging-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const OPTIONS = { out: folder, judge: 'llm', judgeRate: null, judgeTimeoutMs: 2000, by: null, groups: [], saveRewardCsv: false } as const;

it('a log is judged by the endpoint of the environment, and again once it is there', async () => {
  const log = LogFile.create(join(folder, 'log.jsonl'), headerOf(2));
  const { evaluation } = toyEvaluation({ append: (line) => log.append(line) });
  await evaluate(toyItems(2), evaluation);
  const said: string[] = [];
  const judgeAll = async (): Promise<ReturnType<typeof writeOutputs>> => {
    const judging = await openJudging(OPTIONS, log, (line) => void said.push(line));
    for (const item of log.items()) judging.add(item);
    await judging.finish();
    return writeOutputs(folder, log, OPTIONS, false);
  };

  vi.stubEnv('MODEL_TYPE', 'kind');
  vi.stubEnv('OPENAI_API_KEY', '');
  vi.stubEnv('OPENAI_API_BASE_URL', '');
  await expect(judgeAll()).rejects.toThrow('needs the variable OPENAI_API_KEY');

  // Kind to what is not the number of its control question.
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const content = JSON.stringify({ equivalent: !body.includes('\\"student_answer\\": \\"12\\"') });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content } }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('OPENAI_API_BASE_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const report = await judgeAll();
  server.closeAllConnections();
  server.close();
  log.close();
  expect(report.answers.map(({ key, accuracy, strict, rules }) => [key, accuracy.right, strict.right, rules])).toEqual([
    ['dmlr', 2, 0, { llm: 2 }],
    ['dmlr:untouched', 2, 0, { llm: 2 }],
    ['direct', 2, 0, { llm: 2 }],
  ]);
  expect(said).toEqual(['The judge kind gave 6 verdicts.']);
  const lines = readFileSync(join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('{"type":"verdict"'))).toHaveLength(6);
  expect(readFileSync(join(folder, 'arms/direct/results.json'), 'utf8')).toContain('"judged_by":"llm:kind"');
  // No key, and no address, in anything that is written.
  for (const name of ['log.jsonl', 'report.json', 'arms/direct/inspect.json'])
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('127.0.0.1');
});
