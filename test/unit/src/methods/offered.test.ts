// Methods as a page offers them: the same as elsewhere, but for what only a command line or a recording needs.
import { expect, test } from 'vitest';
import { methodOf, parseRecord } from '../../../../src/events/read-record';
import { writeRecord } from '../../../../src/events/record';
import { OFFERED, withRecorded } from '../../../../src/methods/offered';
import { METHODS } from '../../../../src/methods/registry';
import { toyRun } from '../../../fakes/jobs';
import { faultOf } from '../../../faults';

test('are those of the registry, in its order, with the same settings and presets', () => {
  expect(OFFERED.list.map(({ id }) => id)).toEqual(METHODS.list.map(({ id }) => id));
  for (const { id, fields, presets, help } of OFFERED.list) expect(METHODS.get(id)).toMatchObject({ fields, presets, help });
});

test.each(METHODS.list.map(({ id }) => id))('%s: what recordings need is there once it has been fetched', async (id) => {
  const own = (await withRecorded(OFFERED, id)).get(id);
  const { detail, checkRun, columns } = METHODS.get(id);
  expect([own.detail, own.checkRun, own.columns]).toEqual([detail, checkRun, columns]);
  expect((await withRecorded(OFFERED, id)).list.map((method) => method.id)).toEqual(METHODS.list.map((method) => method.id));
});

test('a recording names its method, and is read with what was fetched for it', async () => {
  const text = writeRecord(await toyRun({ method: METHODS.get('ivtlr'), settings: { latentSteps: 1, maxNewTokens: 1 } }));
  for (const form of [text, `\n \n${text}`, `\uFEFF${text}`]) expect(methodOf(form)).toBe('ivtlr');
  for (const other of ['', '\n', '{', '{"type":"failed"}', '[]']) expect(methodOf(other)).toBe('');
  expect(faultOf(() => parseRecord(text, OFFERED)).message).toContain('steps of its method have none');
  expect(parseRecord(text, await withRecorded(OFFERED, methodOf(text))).events.at(-1)).toMatchObject({ type: 'finished' });
  expect(await withRecorded(OFFERED, 'telepathy')).toBe(OFFERED);
});
