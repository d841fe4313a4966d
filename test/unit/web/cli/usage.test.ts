// The command line of `npm run ask`: what it accepts, and the sentence for everything it does not.
import { describe, expect, it } from 'vitest';
import { METHODS } from '../../../../src/methods/registry';
import { UsageError } from '../../../../web/cli/command';
import { helpText, parseAsk, settingsList } from '../../../../web/cli/usage';

const REQUEST = ['--image', 'cat.png', '--question', 'What is it?'];

function complaint(...argv: string[]): string {
  try {
    parseAsk(argv);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(UsageError);
    return (thrown as Error).message;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

describe('a request', () => {
  it('needs a picture and a question; the rest has defaults', () => {
    expect(parseAsk(REQUEST)).toEqual({
      imagePath: 'cat.png',
      questions: ['What is it?'],
      out: null,
      model: null,
      method: 'dmlr',
      device: 'auto',
      adapter: 'auto',
      dtype: 'auto',
      settings: {},
      steps: 15,
      remarks: [],
    });
  });

  it('takes every option', () => {
    const options = [
      '--method',
      'cot',
      '--set',
      'maxNewTokens=3',
      '--set',
      'nucleus=2e-1',
      '--seed',
      '7',
      '--out',
      'r.jsonl',
      '--device',
      'webgpu',
      '--adapter',
      'hardware',
      '--dtype',
      'q4f16',
    ];
    expect(parseAsk([...REQUEST, ...options, '--model', 'https://example.org/m'])).toEqual({
      imagePath: 'cat.png',
      questions: ['What is it?'],
      out: 'r.jsonl',
      model: 'https://example.org/m',
      method: 'cot',
      device: 'webgpu',
      adapter: 'hardware',
      dtype: 'q4f16',
      settings: { maxNewTokens: 3, nucleus: 0.2, seed: 7 },
      steps: 0,
      remarks: [],
    });
  });

  it('asks for no adapter where WebGPU is not used', () => {
    expect(parseAsk([...REQUEST, '--device', 'wasm'])).toMatchObject({ device: 'wasm', adapter: null });
  });

  it('asks for help without a picture', () => {
    expect(parseAsk(['--help'])).toBe('help');
    expect(parseAsk(['-h'])).toBe('help');
    expect(parseAsk(['--settings'])).toEqual({ settingsOf: METHODS.get('dmlr') });
    expect(parseAsk(['--settings', '--method', 'cot'])).toEqual({ settingsOf: METHODS.get('cot') });
  });

  it('takes many questions', () => {
    const many = [...REQUEST, '--question', ' And why? ', '--out', 'out/runs.jsonl', '--set', 'steps=3'];
    expect(parseAsk(many)).toMatchObject({
      questions: ['What is it?', 'And why?'],
      out: 'out/runs.jsonl',
      steps: 3,
    });
  });
});

describe('a request that cannot be followed', () => {
  it.each([
    [[], '--image is missing'],
    [['--image', 'a.png'], '--question: There is no question: write a question about the picture.'],
    [['--image', 'a.png', '--question', '  \u0007 '], '--question: There is no question'],
    [['--image', 'a.png', '--question', 'x'.repeat(10_001)], '--question: The question has 10001 characters'],
    [[...REQUEST, '--out', ''], '--out is empty'],
    [[...REQUEST, '--method', 'magic'], '--method cannot be "magic": give one of dmlr, ivtlr, direct, cot'],
    [[...REQUEST, '--method', 'direct', '--set', 'steps=3'], 'no setting "steps"'],
    [['--settings', '--method', 'magic'], '--method cannot be "magic"'],
    [[...REQUEST, '--question', ''], '--question'],
    [[...REQUEST, '--device', 'tpu'], '--device cannot be "tpu": give one of auto, webgpu, wasm'],
    [[...REQUEST, '--adapter', 'gpu'], '--adapter cannot be "gpu": give one of auto, hardware, software'],
    [[...REQUEST, '--adapter', 'gpu', '--device', 'wasm'], '--adapter cannot be "gpu": give one of auto, hardware, software'],
    [[...REQUEST, '--adapter', 'hardware', '--device', 'wasm'], 'leave it out with --device wasm'],
    [[...REQUEST, '--dtype', 'q8'], '--dtype cannot be "q8": give one of auto, q4, q4f16, fp16, fp32'],
    [[...REQUEST, '--set', 'steps'], '--set steps is not of the form name=value'],
    [[...REQUEST, '--set', '=3'], '--set =3 is not of the form name=value'],
    [[...REQUEST, '--set', 'stpes=3'], 'no setting "stpes"'],
    [[...REQUEST, '--set', 'steps=100000'], 'whole number from 0 to'],
    [[...REQUEST, '--set', 'steps=many'], 'steps cannot be "many"'],
    [[...REQUEST, '--seed', '-1'], 'seed cannot be "-1"'],
    [[...REQUEST, '--seed', '1.5'], 'seed cannot be "1.5"'],
    [[...REQUEST, '--bogus'], "Unknown option '--bogus'"],
    [[...REQUEST, 'stray'], 'stray'],
    [['--image'], '--image'],
  ])('%j', (argv, words) => {
    const sentence = complaint(...argv);
    expect(sentence).toContain(words);
    expect(sentence).not.toContain('\n');
  });

  it('sees settings that contradict each other', () => {
    expect(complaint(...REQUEST, '--set', 'minPixels=500000', '--set', 'maxPixels=100000')).toContain('minPixels');
  });
});

it('names every option in the help and every setting in the list', () => {
  for (const option of ['image', 'question', 'method', 'preset', 'set', 'seed', 'out', 'device', 'adapter', 'model', 'settings', 'help']) {
    expect(helpText()).toContain(`--${option}`);
  }
  for (const { id, help } of METHODS.list) expect(helpText()).toMatch(new RegExp(`^ +${id} +${help}`, 'm'));
  for (const method of METHODS.list) {
    const { names, fields } = method.space;
    const [list, presets = ''] = settingsList(method).split('\nPresets');
    const lines = list.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith(' ')).map((line) => line.split(' ')[0])).toEqual([...names]);
    const origins = names.flatMap((name) => fields[name].source ?? []);
    expect(lines.filter((line) => line.startsWith(' ')).map((line) => line.trim())).toEqual(origins);
    for (const { id, help } of method.presets) expect(presets).toContain(`  ${id}: ${help}\n`);
  }
});
