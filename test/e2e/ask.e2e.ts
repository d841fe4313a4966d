// `npm run ask` as a person types it: refusals before anything starts, real runs, and folders that are no model.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { parseRecord } from '../../src/events/read-record';
import { METHODS } from '../../src/methods/registry';
import { askForHardware } from '../../web/cli/adapter';
import { ask, REQUEST, ROOT } from './command';

const SAMPLE = REQUEST[1];

test('refuses in one sentence what cannot be followed', async () => {
  const info = test.info();
  const note = info.outputPath('note.png');
  writeFileSync(note, 'no picture');
  const out = info.outputPath('run.jsonl');
  for (const [args, words] of [
    [['--image', 'absent.png', '--question', 'x'], 'There is no file'],
    [['--image', note, '--question', 'x'], 'is a text file, not a picture'],
    [['--image', SAMPLE, '--question', ' '], '--question: There is no question'],
    [[...REQUEST, '--set', 'stpes=3'], 'no setting "stpes"'],
    [[...REQUEST, '--set', 'steps=-1'], 'steps cannot be "-1"'],
    [[...REQUEST.slice(0, 4), '--adapter', 'gpu'], '--adapter cannot be "gpu": give one of auto, hardware, software'],
  ] as const) {
    const { status, out: printed, err } = await ask([...args, '--out', out]).ended;
    expect({ status, printed }, err).toEqual({ status: 2, printed: '' });
    expect(err).toContain(words);
    expect(err.trimEnd()).not.toContain('\n');
    expect(existsSync(out)).toBe(false);
  }
});

test('answers, draws the curve and writes the events', async () => {
  const info = test.info();
  test.setTimeout(600_000);
  const file = info.outputPath('run.jsonl');
  const { status, out, err } = await ask([...REQUEST, '--set', 'steps=2', '--seed', '5', '--out', file]).ended;
  expect(status, err).toBe(0);
  for (const line of [/^step +0 /m, /^step +1 /m, /^step +2 /m, /^baseline: /m, /^answer: /m]) expect(out).toMatch(line);
  const { events, cutOff } = parseRecord(readFileSync(file, 'utf8'), METHODS);
  expect(cutOff).toBe(false);
  expect(events[0]).toMatchObject({ type: 'started', seed: 5, question: 'How many shapes are there?', device: { kind: 'wasm' } });
  expect(events.at(-1)?.type).toBe('finished');
});

test('without a graphics card it says so, and computes on WASM', async () => {
  test.setTimeout(600_000);
  const answer = await askForHardware();
  test.skip(typeof answer !== 'string' && !answer.software, 'this machine has a graphics card');
  const request = [...REQUEST.slice(0, 4), '--method', 'direct'];
  const { status, out, err } = await ask(request).ended;
  expect(status, err).toBe(0);
  expect(err).toMatch(/^Adapter: SwiftShader \(software, computed by the processor\): the browser .+\.$/m);
  expect(out).toMatch(/This browser computes WebGPU in software .+: Noema computes on WASM\./);
  expect(out).toMatch(/ on WebAssembly, \d+ threads?, ready in /);

  const demanded = await ask([...request, '--adapter', 'hardware']).ended;
  expect(demanded.status).toBe(1);
  expect(demanded.err.trimEnd()).toMatch(
    /^No graphics card was found: the browser .+: check the graphics driver .+ --adapter software or auto\.$/,
  );
  expect(demanded.out).toBe('');
});

test('a model that comes with the page goes by its name, and a name of none is refused', async () => {
  const request = [...REQUEST, '--method', 'ivtlr'];
  const { status, out, err } = await ask([...request, '--model', 'noema-tiny-ivtlr']).ended;
  expect(status, err).toBe(0);
  expect(out).toMatch(/^noema-tiny-ivtlr \(q4\) on WebAssembly/m);
  expect(out).toMatch(/^step +3 +12 patches/m);
  const refused = await ask([...request, '--model', 'noema-nothing']).ended;
  expect(refused.status).not.toBe(0);
  expect(refused.err).toContain('"noema-nothing" names no model');
});

test('many questions load the model once, and each has its file', async () => {
  const info = test.info();
  test.setTimeout(600_000);
  const file = (number: number): string => info.outputPath(`run-${number}.jsonl`);
  const more = ['--question', 'What colour is the star?', '--method', 'direct', '--set', 'dependence=off'];
  const { status, out, err } = await ask([...REQUEST, ...more, '--out', info.outputPath('run.jsonl')]).ended;
  expect(status, err).toBe(0);
  expect(out.match(/ready in/g)).toHaveLength(1);
  expect(out).toMatch(/^1 of 2: How many shapes are there\?$[^]*^answer: [^]*^2 of 2: What colour is the star\?$[^]*^answer: /m);
  const [first, second] = [1, 2].map((number) => parseRecord(readFileSync(file(number), 'utf8'), METHODS).events);
  expect(first[0]).toMatchObject({ method: 'direct', question: 'How many shapes are there?' });
  expect(second[0]).toMatchObject({ method: 'direct', question: 'What colour is the star?' });
  expect([first.at(-1)?.type, second.at(-1)?.type]).toEqual(['finished', 'finished']);
  expect(existsSync(info.outputPath('run.jsonl'))).toBe(false);
});

test('a picture that begins as one and is none is refused, and nothing is written', async () => {
  const info = test.info();
  const file = info.outputPath('run.jsonl');
  const broken = info.outputPath('broken.png');
  writeFileSync(broken, Buffer.from('\x89PNG\r\n\x1a\nbroken', 'latin1'));
  const { status, err } = await ask(['--image', broken, '--question', 'x', '--device', 'wasm', '--out', file]).ended;
  expect(status, err).toBe(2);
  expect(existsSync(file)).toBe(false);
});

test('a folder that is no model says what is there and what is missing', async () => {
  test.setTimeout(300_000);
  const info = test.info();
  const tiny = join(ROOT, 'public/models/noema-tiny');
  /** A folder with the embedded model's configuration and these files. */
  const folderOf = (name: string, files: readonly string[]): string => {
    const folder = info.outputPath(name);
    mkdirSync(join(folder, 'onnx'), { recursive: true });
    for (const file of ['config.json', 'tokenizer.json']) copyFileSync(join(tiny, file), join(folder, file));
    for (const file of files) writeFileSync(join(folder, file), '{}');
    return folder;
  };
  const empty = info.outputPath('empty');
  mkdirSync(empty);
  for (const [folder, status, words] of [
    [info.outputPath('absent'), 2, 'There is no folder'],
    [empty, 2, 'The folder has no files: '],
    [folderOf('genai', ['genai_config.json', 'model.onnx']), 1, 'onnxruntime-genai'],
    [folderOf('quantised', ['onnx/decoder_model_merged_quantized.onnx']), 1, 'decoder_model_merged_quantized.onnx'],
  ] as const) {
    const outcome = await ask([...REQUEST, '--model', folder]).ended;
    expect(outcome.status, outcome.err).toBe(status);
    expect(outcome.err).toContain(words);
  }
});

test('a folder of this machine is read in place, and standard output may take the events', async () => {
  test.setTimeout(300_000);
  const folder = join(ROOT, 'public/models/noema-tiny');
  const { status, out, err } = await ask([...REQUEST, '--method', 'direct', '--model', folder, '--out', '/dev/stdout']).ended;
  expect(status, err).toBe(0);
  expect(parseRecord(out, METHODS).events.at(-1)?.type).toBe('finished');
  expect(err).toMatch(/^answer: /m);
});
