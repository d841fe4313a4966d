// A method that joins from a test: settings, address, command line, run, recording and tables, with no other file changed.
import { describe, expect, test } from 'vitest';
import { stepsCsv } from '../../../../src/events/csv';
import { foldRun } from '../../../../src/events/fold';
import { parseRecord } from '../../../../src/events/read-record';
import { writeRecord } from '../../../../src/events/record';
import { METHODS } from '../../../../src/methods/registry';
import { helpText, parseAsk, settingsList } from '../../../../web/cli/usage';
import { createSettingsStore, placesInMemory } from '../../../../web/stores/settings-store';
import { growing, WITH_GROWING } from '../../../fakes/growing-method';
import { toyRun } from '../../../fakes/jobs';
import { faultOf } from '../../../faults';

const run = () => toyRun({ method: growing, settings: { rounds: 2, maxNewTokens: 3, seed: 9 } });

describe('a method of a test', () => {
  test('runs, is recorded and read back', async () => {
    const events = await run();
    expect(events[0]).toMatchObject({ type: 'started', method: 'growing', settings: { rounds: 2, maxNewTokens: 3, seed: 9 } });
    expect(events.at(-1)).toMatchObject({ type: 'finished', reason: 'grown-up', bestReward: null, baseline: null });
    expect(parseRecord(writeRecord(events), WITH_GROWING)).toEqual({ events, cutOff: false });
    const { message } = faultOf(() => parseRecord(writeRecord(events), METHODS));
    expect(message).toContain('It was made with the method "growing"; this version of Noema knows dmlr, direct, cot.');
    const spoiled = writeRecord(events).replace('"size":2', '"size":"two"');
    expect(faultOf(() => parseRecord(spoiled, WITH_GROWING)).message).toContain('detail.size');
  });

  test('has columns of its own in the table of steps', async () => {
    const [header, , , third] = stepsCsv(foldRun(await run()), growing.columns?.(growing.space.defaults)).split('\r\n');
    expect(header.split(',').slice(0, 3)).toEqual(['size', 'step', 'reward']);
    expect(third.split(',').slice(0, 3)).toEqual(['2', '2', '']);
  });

  test('is chosen by address and keeps its settings beside those of the others', () => {
    const store = createSettingsStore(placesInMemory('?method=growing&rounds=5&seed=4'), WITH_GROWING);
    expect(store.getState()).toMatchObject({ method: 'growing', settings: { rounds: 5, seed: 4 }, problems: [] });
    store.getState().choose({ method: 'dmlr' });
    expect(store.getState().settings).toEqual({ ...METHODS.get('dmlr').space.defaults, seed: 4 });
    store.getState().choose({ method: 'growing' });
    expect(store.getState().settings).toMatchObject({ rounds: 5, seed: 4 });
  });

  test('is an option of the command line', () => {
    const request = ['--image', 'a.png', '--question', 'What?', '--method', 'growing', '--set', 'rounds=4'];
    expect(parseAsk(request, WITH_GROWING)).toMatchObject({ method: 'growing', settings: { rounds: 4 }, steps: 4 });
    expect(helpText(WITH_GROWING)).toContain('growing  Takes one more think token at each step.');
    expect(parseAsk(['--settings', '--method', 'growing'], WITH_GROWING)).toEqual({ settingsOf: growing });
    expect(settingsList(growing)).toContain('rounds');
    expect(() => parseAsk(request)).toThrow('--method cannot be "growing": give one of dmlr, direct, cot.');
  });
});
