// `npm run ask` as a person types it: refusals before anything starts, one real run, and a run that is stopped.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { parseRecord } from '../../src/events/read-record';
import { METHODS } from '../../src/methods/registry';
import { askForHardware } from '../../web/cli/adapter';

const ROOT = join(import.meta.dirname, '../..');
const SAMPLE = join(ROOT, 'public/samples', readdirSync(join(ROOT, 'public/samples')).find((name) => name.endsWith('.png')) ?? 'none');
const REQUEST = ['--image', SAMPLE, '--question', 'How many shapes are there?', '--device', 'wasm'];

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the command itself, not npm: signals reach it. `watch` sees everything printed so far, each time something is. */
function ask(args: readonly string[], watch: (out: string, child: ChildProcess) => void = () => undefined): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'web/cli/ask.ts', ...args], { cwd: ROOT });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    watch(out, child);
  });
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (status) => resolve({ status, out, err })));
}

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
    const { status, out: printed, err } = await ask([...args, '--out', out]);
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
  const { status, out, err } = await ask([...REQUEST, '--set', 'steps=2', '--seed', '5', '--out', file]);
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
  const { status, out, err } = await ask(request);
  expect(status, err).toBe(0);
  expect(err).toMatch(/^Adapter: SwiftShader \(software, computed by the processor\): the browser .+\.$/m);
  expect(out).toMatch(/This browser computes WebGPU in software .+: Noema computes on WASM\./);
  expect(out).toMatch(/ on WebAssembly, \d+ threads?, ready in /);

  const demanded = await ask([...request, '--adapter', 'hardware']);
  expect(demanded.status).toBe(1);
  expect(demanded.err.trimEnd()).toMatch(
    /^No graphics card was found: the browser .+: check the graphics driver .+ --adapter software or auto\.$/,
  );
  expect(demanded.out).toBe('');
});

test('many questions load the model once, and each has its file', async () => {
  const info = test.info();
  test.setTimeout(600_000);
  const file = (number: number): string => info.outputPath(`run-${number}.jsonl`);
  const more = ['--question', 'What colour is the star?', '--method', 'direct', '--set', 'dependence=off'];
  const { status, out, err } = await ask([...REQUEST, ...more, '--out', info.outputPath('run.jsonl')]);
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
  const { status, err } = await ask(['--image', broken, '--question', 'x', '--device', 'wasm', '--out', file]);
  expect(status, err).toBe(2);
  expect(existsSync(file)).toBe(false);
});

test('a model that is not there fails with what to do', async () => {
  const info = test.info();
  const folder = info.outputPath('empty');
  const missing = await ask([...REQUEST, '--model', folder]);
  expect(missing.status).toBe(2);
  expect(missing.err).toContain(`There is no folder ${folder}`);

  mkdirSync(folder);
  const empty = await ask([...REQUEST, '--model', folder]);
  expect(empty.status).toBe(1);
  expect(empty.err).toContain('config.json');
});

test('Ctrl-C keeps the events of the run it breaks', async () => {
  const info = test.info();
  test.setTimeout(600_000);
  const file = info.outputPath('run.jsonl');
  let stopped = false;
  const { status, err } = await ask([...REQUEST, '--set', 'steps=500', '--out', file], (out, child) => {
    // Once: a second Ctrl-C means that even the events may go.
    if (!stopped && /^step +1 /m.test(out)) stopped = child.kill('SIGINT');
  });
  expect(status, err).toBe(130);
  const { events } = parseRecord(readFileSync(file, 'utf8'), METHODS);
  expect(events.at(-1)?.type).toBe('cancelled');
  expect(events.some((event) => event.type === 'step')).toBe(true);
});
