// A method that joins from a test: settings, address, command line, run, recording and tables, with no other file changed.
import { describe, expect, test } from 'vitest';
import { stepsCsv } from '../../../../src/events/csv';
import { foldRun } from '../../../../src/events/fold';
import { parseRecord } from '../../../../src/events/read-record';
import { writeRecord } from '../../../../src/events/record';
import { defineMethod, presetOf, withPreset } from '../../../../src/methods/method';
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
    expect(message).toContain('It was made with the method "growing"; this version of Noema knows dmlr, ivtlr, direct, cot.');
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
    expect(() => parseAsk(request)).toThrow('--method cannot be "growing": give one of dmlr, ivtlr, direct, cot.');
  });
});

describe('presets', () => {
  const dmlr = METHODS.get('dmlr');

  test('every preset is recognised by its settings, the first in the defaults; a change makes them one’s own', () => {
    expect(dmlr.presets.map(({ id }) => presetOf(dmlr, withPreset(dmlr, id, {}))?.id)).toEqual(dmlr.presets.map(({ id }) => id));
    expect(presetOf(dmlr, dmlr.space.defaults)?.id).toBe(dmlr.presets[0].id);
    expect(presetOf(dmlr, { ...dmlr.space.defaults, sigma: 0.3 })).toBeNull();
  });

  test('a preset replaces the method’s own settings and leaves seed, answer and picture', () => {
    const store = createSettingsStore(placesInMemory('?sigma=5&seed=4&maxNewTokens=9'));
    store.getState().usePreset('population');
    expect(store.getState().settings).toMatchObject({ samples: 16, sigma: 1, seed: 4, maxNewTokens: 9 });
    store.getState().usePreset('paper');
    expect(store.getState().settings).toEqual({ ...dmlr.space.defaults, seed: 4, maxNewTokens: 9 });
  });

  test('the command line takes one, changes it further, and names those there are', () => {
    const request = ['--image', 'a.png', '--question', 'What?', '--preset'];
    expect(parseAsk([...request, 'population', '--set', 'samples=2'])).toMatchObject({ settings: { samples: 2, antithetic: true } });
    expect(() => parseAsk([...request, 'telepathy'])).toThrow('has no preset "telepathy": choose one of paper, population');
    expect(() => parseAsk([...request, 'paper', '--method', 'direct'])).toThrow('it has none');
    expect(settingsList(dmlr)).toContain('--preset NAME');
  });

  test('the released code’s names stand for settings, and those without one say why', () => {
    const parse = (pair: string) => parseAsk(['--image', 'a.png', '--question', 'What?', '--set', pair]);
    expect(parse('lr=0.5')).toMatchObject({ settings: { learningRate: 0.5 } });
    expect(parse('num_thought_tokens=2')).toMatchObject({ settings: { latents: 2 } });
    expect(parse('use_auto_grad=1')).toMatchObject({ settings: { exactGradient: true } });
    expect(() => parse('visual_only=1')).toThrow('has no setting for visual_only: it inserts hidden states');
    expect(() => defineMethod({ ...growing, aliases: { settings: { n: 'nothing' }, missing: {} } })).toThrow(TypeError);
  });

  test('what settings cannot do is remarked before the run', () => {
    const remarks = (...set: string[]) => {
      const options = parseAsk(['--image', 'a.png', '--question', 'What?', ...set.flatMap((pair) => ['--set', pair])]);
      return typeof options === 'object' && 'remarks' in options ? options.remarks.join(' ') : '';
    };
    expect(remarks()).toBe('');
    expect(remarks('latents=8')).toContain('already uses all 16 patches');
    expect(remarks('latents=8', 'patchSource=none')).toBe('');
    expect(remarks('shaping=rank')).toContain('will not move');
    expect(remarks('updateRule=adam')).toContain('hardly at all');
  });
});
