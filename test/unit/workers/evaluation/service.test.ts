// The books of the page's evaluation: datasets with their faults, a log that goes on after the page was closed or from a file, its sums and rows.
import { readFileSync } from 'node:fs';
import { BlobReader, BlobWriter, TextReader, ZipWriter } from '@zip.js/zip.js';
import { describe, expect, test } from 'vitest';
import { writeLine } from '../../../../src/evaluation/log';
import { METHODS } from '../../../../src/methods/registry';
import { type Answer, valueOf } from '../../../../workers/answer';
import { EvaluationService } from '../../../../workers/evaluation/service';
import type { DatasetSource } from '../../../../workers/evaluation/wire';
import { type Kept, openKept } from '../../../../workers/kept';
import { armsOf, baselinesOf, firstArms, headerOf } from '../../../../web/many/evaluation-plan';
import { EvaluationWork } from '../../../../web/many/evaluation-state';
import { LOADED } from '../../../fakes/evaluations';
import { toyHost, toyMaker } from '../../../fakes/run-maker';

const PNG = new Blob([readFileSync('public/samples/standard-1.png')]);
const item = (idx: number, more: object = {}) => ({ idx, prompt: `Question ${idx}?`, solution: `w${idx}`, image_path: 'a.png', ...more });
const folder = (...paths: string[]): DatasetSource['pictures'] => ({
  kind: 'folder',
  name: 'data',
  files: paths.map((path) => ({ path, file: PNG })),
});
const source = (list: unknown, pictures: DatasetSource['pictures'] = folder('a.png'), name = 'own.json'): DatasetSource => ({
  file: new Blob([typeof list === 'string' ? list : JSON.stringify(list)]),
  name,
  pictures,
});
const fail = <T>(answered: Answer<T>): string => (answered.ok ? 'no fault' : `${answered.error.message} ${answered.error.action}`);
const books = (storage: Kept = openKept('test')): EvaluationService => new EvaluationService(() => undefined, storage);
const ARMS = armsOf(
  [
    { key: 0, name: 'think', method: 'dmlr', preset: '', settings: 'steps=1' },
    { key: 1, name: 'direct', method: 'direct', preset: '', settings: '' },
  ],
  { ...METHODS.get('dmlr').space.defaults, maxNewTokens: 4, dependence: false },
  METHODS,
);

/** Evaluates `list` on the toy model. */
async function evaluated(list: unknown, storage = openKept('test'), instead?: Parameters<typeof toyMaker>[0], pictures = folder('a.png')) {
  const toy = toyMaker(instead);
  const service = books(storage);
  const work = new EvaluationWork(toyHost(toy.maker).host, service, () => LOADED);
  await work.open(() => Promise.resolve(source(list, pictures)));
  const { dataset } = work.state.getState();
  if (dataset === null) throw new Error(work.state.getState().problem?.message);
  const header = headerOf(dataset, ARMS, 'direct', 1e9, { source: null, dtype: 'auto', device: 'wasm' });
  return { work, service, header, ...toy };
}

describe('a dataset', () => {
  test.each([
    ['[{', 'own.json is not JSON'],
    ['[]', 'own.json is an empty list.'],
    ['{"a":1}', 'own.json holds an object and not a list.'],
    [[{ idx: 1 }], 'None of the 1 items of own.json can be asked. Item 1 (idx 1) has no "prompt".'],
  ])('%s is refused as the command line refuses it', async (list, words) => {
    expect(fail(await books().open(source(list)))).toContain(words);
  });

  test('of 20,000 items with one that cannot be asked is counted and handed out in parts', async () => {
    const list = Array.from({ length: 20_000 }, (_, idx) => item(idx === 7 ? 6 : idx));
    const service = books();
    expect(valueOf(await service.open(source(list)))).toMatchObject({
      entries: 20_000,
      bad: 1,
      problem: 'Item 8 has idx 6, which item 7 has already.',
    });
    expect(valueOf(await service.next(19_990, 20_000, 50)).map(({ place }) => place)).toHaveLength(10);
  });

  test('has its pictures in a folder, in a zip file, or in its own, and says which one is missing where', async () => {
    const service = books();
    await service.open(source([item(1)], folder('sub/a.png')));
    expect(valueOf(await service.picture('./sub\\a.png')).bytes.byteLength).toBe(PNG.size);
    expect(fail(await service.picture('b.png'))).toContain('There is no picture "b.png" in the folder "data".');
    expect(fail(await service.picture('sub/../../b.png'))).toContain('is outside the folder "data".');
    expect(fail(await service.picture('https://example.org/a.png'))).toContain('is at another address.');
    const zip = new ZipWriter(new BlobWriter());
    await zip.add('deep/list.json', new TextReader(JSON.stringify([item(1)])));
    await zip.add('deep/a.png', new BlobReader(PNG));
    const file = await zip.close();
    expect(valueOf(await service.open({ file, name: 'own.zip', pictures: null }))).toMatchObject({ name: 'list.json', hasPictures: true });
    expect(valueOf(await service.picture('a.png')).name).toBe('a.png');
    expect(fail(await service.picture('b.png'))).toContain('There is no picture "b.png" in the zip file.');
    await service.open(source([item(1)], null));
    expect(fail(await service.picture('a.png'))).toContain('no folder was chosen');
  });
});

describe('an evaluation', () => {
  test('gives rows, sums and whole runs, with a row for what has no result', async () => {
    const { work, service, header, started } = await evaluated([
      item(3),
      item(4, { image_path: 'gone.png' }),
      item(5, { prompt: '' }),
      item(6),
    ]);
    await work.run(header);
    expect(work.state.getState()).toMatchObject({ status: 'idle', problem: null, facts: { done: 4, lost: 2, total: 4, rows: 4 } });
    // The runs of an item share what they read, and nothing with other items.
    expect(started.map(({ reuse }) => reuse)).toEqual(['begin', true, 'begin', true]);
    const rows = valueOf(await service.rows(0, 10, 'strict'));
    expect(rows.map(({ idx, problem }) => problem ?? idx)).toEqual([
      3,
      'Item 2 (idx 4): There is no picture "gone.png" in the folder "data". Put it there, or choose another folder or zip file of pictures.',
      'Item 3 (idx 5) has an empty "prompt".',
      6,
    ]);
    expect(rows[0].answers.map(({ key }) => key)).toEqual(['think', 'think:untouched', 'direct']);
    expect(rows[0].runs).toEqual(['think', 'direct']);
    expect(valueOf(await service.run(0, 'think'))).toContain('"type":"finished"');
    const { report } = work.state.getState();
    expect(report).toMatchObject({ items: 2, problems: { dataset: 1, picture: 1, run: 0 } });
    expect(report?.comparisons.map(({ arm, against }) => `${arm} ${against}`)).toEqual([
      'think direct',
      'think:untouched direct',
      'think think:untouched',
    ]);
    expect(valueOf(await service.reportText('lenient'))).toContain('2 items of own.json; 2 without a result');
  });

  test('is stopped, and goes on in the next page or from a file with the same lines as in one go', async () => {
    const list = Array.from({ length: 4 }, (_, idx) => item(idx));
    const whole = await evaluated(list);
    await whole.work.run(whole.header);
    const storage = openKept('test');
    const stop: { now?: () => void } = {};
    const first = await evaluated(list, storage, (_, number) => {
      if (number !== 4) return undefined;
      stop.now?.();
      return [{ type: 'cancelled', step: null }];
    });
    stop.now = () => first.work.stop();
    await first.work.run(first.header);
    expect(first.work.state.getState()).toMatchObject({ status: 'idle', facts: { done: 1 } });
    const saved = valueOf(await first.service.logFile());

    const second = await evaluated(list, storage);
    await second.work.restore();
    await second.work.run({ ...first.header, begun: null });
    const third = await evaluated(list);
    await third.work.takeLog(new Blob([saved, '{"type":"it']), 'log.jsonl');
    await third.work.run(third.header);
    const lines = async ({ service }: typeof whole): Promise<string[]> =>
      (await valueOf(await service.logFile()).text())
        .split('\n')
        .slice(1)
        .map((line) => line.replaceAll(/"ms":[\d.]+/g, '"ms":0'));
    expect(await lines(second)).toEqual(await lines(whole));
    expect(await lines(third)).toEqual(await lines(whole));
    expect([second.started.length, third.started.length]).toEqual([6, 6]);
  });

  test('tries again what had no picture, once there is one', async () => {
    const { work, service, header, started } = await evaluated([item(1), item(2, { image_path: 'b.png' })]);
    await work.run(header);
    expect(work.state.getState().facts).toMatchObject({ done: 2, lost: 1 });
    await work.open(() => Promise.resolve(source([item(1), item(2, { image_path: 'b.png' })], folder('a.png', 'b.png'))));
    await work.run(header);
    expect(work.state.getState().facts).toMatchObject({ done: 2, lost: 0, rows: 2 });
    expect(started).toHaveLength(4);
    expect(valueOf(await service.report('strict'))).toMatchObject({ items: 2, problems: { picture: 0 } });
  });

  test('refuses to go on as another one, and keeps what there is', async () => {
    const { work, service, header } = await evaluated([item(1)]);
    await work.run(header);
    await work.run({ ...header, arms: header.arms.slice(0, 1) });
    expect(work.state.getState().problem?.message).toContain('An evaluation is kept that is another one: it has another arms or settings');
    await work.open(() => Promise.resolve(source([item(2)])));
    await work.run(header);
    expect(work.state.getState().problem?.message).toContain('The chosen dataset is not own.json as it was');
    const again = writeLine({ ...header, format: 1 });
    expect(fail(await service.takeLog(new Blob([again, again]), 'log.jsonl'))).toContain(
      'Line 2 of log.jsonl cannot be read. It is a second header.',
    );
    const saved = await valueOf(await service.logFile()).text();
    const [, , line] = saved.split('\n');
    expect(fail(await service.takeLog(new Blob([saved, `${line}\n`]), 'log.jsonl'))).toContain(
      'Line 4 of log.jsonl is a second result of item 1.',
    );
    expect(valueOf(await service.facts())).toMatchObject({ done: 1 });
  });

  test('ends when the model is another one than it was begun with', async () => {
    const list = [item(1), item(2)];
    const storage = openKept('test');
    const first = await evaluated(list, storage, (_, number) => (number > 2 ? [{ type: 'cancelled', step: null }] : undefined));
    await first.work.run(first.header);
    const service = books(storage);
    const other = { ...LOADED, model: { ...LOADED.model, dtype: 'q4' } };
    const work = new EvaluationWork(toyHost(toyMaker().maker).host, service, () => other);
    await work.open(() => Promise.resolve(source(list)));
    await work.run(first.header);
    expect(work.state.getState().problem?.message).toContain('The evaluation was begun with another model or device');
    expect(work.state.getState().facts?.done).toBe(1);
  });
});

test('a judge that is not at an https address is refused, and the rules go on judging', async () => {
  const service = books();
  for (const address of ['http://example.org/v1', 'nonsense', 'ftp://localhost']) {
    expect(fail(await service.judgeBy({ address, key: '', model: 'any' }))).toContain('is no https address.');
  }
});

test('the first ways of answering are the page’s own, and can be what a person writes', () => {
  const dmlr = METHODS.get('dmlr');
  const settings = { ...dmlr.space.defaults, steps: 3, seed: 9 };
  const drafts = firstArms(METHODS, dmlr, settings);
  expect(armsOf(drafts, settings, METHODS)).toEqual([
    { name: 'dmlr', method: 'dmlr', settings: { steps: 3, seed: 9 } },
    { name: 'direct', method: 'direct', settings: { seed: 9 } },
  ]);
  expect(baselinesOf(armsOf(drafts, settings, METHODS), METHODS)).toEqual(['dmlr', 'dmlr:untouched', 'direct']);
  const [draft] = drafts;
  expect(armsOf([{ ...draft, preset: 'population', settings: 'sigma=2' }], dmlr.space.defaults, METHODS)[0].settings).toMatchObject({
    samples: 16,
    sigma: 2,
  });
  expect(() => armsOf([draft, { ...draft, key: 2 }], settings, METHODS)).toThrow('Two arms are called "dmlr".');
  expect(() => armsOf([{ ...draft, settings: 'steps' }], settings, METHODS)).toThrow('dmlr: "steps" is not of the form name=value.');
});
