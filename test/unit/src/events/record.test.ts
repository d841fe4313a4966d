// Recordings: what was written comes back; what is broken, foreign or hostile is refused with its line.
import { beforeAll, describe, expect, test } from 'vitest';
import { EngineFault, type EngineError } from '../../../../src/errors';
import { MOST } from '../../../../src/events/bounds';
import type { RunEvent } from '../../../../src/events/events';
import { MAX_LINE_LENGTH, MAX_RECORD_LINES, parseRecord as parseWith, type Recording } from '../../../../src/events/read-record';
import { MAX_RECORD_LENGTH, writeRecord } from '../../../../src/events/record';
import { DMLR_FIELDS } from '../../../../src/methods/dmlr/settings';
import { IVTLR_FIELDS } from '../../../../src/methods/ivtlr/fields';
import { METHODS } from '../../../../src/methods/registry';
import { COMMON_FIELDS } from '../../../../src/settings/common';
import { PREVIEW, toyRun } from '../../../fakes/jobs';
import { largestRun } from '../../../fixtures/largest-run';

const parseRecord = (content: string): Recording => parseWith(content, METHODS);

let events: RunEvent[];
let text: string;
beforeAll(async () => {
  events = await toyRun();
  text = writeRecord(events);
});

function refused(content: string): EngineError {
  try {
    parseRecord(content);
  } catch (thrown) {
    if (thrown instanceof EngineFault) return thrown.value;
    throw thrown;
  }
  throw new Error('it was read');
}

/** The recording with one line (counted from 1) replaced. */
function withLine(number: number, line: string): string {
  const lines = text.split('\n');
  lines[number - 1] = line;
  return lines.join('\n');
}

/** The recording with one event changed: the first of its type, or the one numbered `which`. */
function withEvent(type: RunEvent['type'], change: object, which = 0): { content: string; line: number } {
  const index = events.indexOf(events.filter((event) => event.type === type)[which]);
  return { content: withLine(index + 1, JSON.stringify({ ...events[index], ...change })), line: index + 1 };
}

describe('reading back', () => {
  test('gives the same events', () => {
    expect(parseRecord(text)).toEqual({ events, cutOff: false });
  });

  test('does not mind Windows line ends, blank lines or a byte order mark', () => {
    expect(parseRecord(`\uFEFF${text.replaceAll('\n', '\r\n\r\n')}`).events).toEqual(events);
  });

  test('keeps what came before the cut, anywhere in the file', () => {
    for (const share of [0.2, 0.5, 0.9, 0.999]) {
      const cut = text.slice(0, Math.floor(text.length * share));
      // A line that lacks only its end is whole.
      const whole = cut.split('\n').length - (text[cut.length] === '\n' ? 0 : 1);
      expect(parseRecord(cut)).toEqual({ events: events.slice(0, whole), cutOff: true });
    }
  });
});

describe('refusing', () => {
  test.each([
    ['', 'no events'],
    ['not json', 'Line 1'],
    ['{}', 'Line 1'],
    ['null', 'Line 1'],
    ['[]', 'Line 1'],
  ])('%j', (content, words) => {
    const error = refused(content);
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain(words);
  });

  test('a broken line in the middle, by its number', () => {
    expect(refused(withLine(5, '{"type":"step"')).message).toMatch(/^Line 5 .* not JSON/);
  });

  test('another format version, by both versions', () => {
    const { message, action } = refused(withEvent('started', { format: 3 }).content);
    expect(message).toContain('format version 3; this version of Noema reads up to version 2');
    expect(action).toContain('newer version of Noema');
    expect(refused(withEvent('started', { format: 'x' }).content).message).toContain('version unknown');
  });

  test.each([
    ['image', { preview: 'https://example.org/track.png' }],
    ['image', { preview: 'data:text/html;base64,PHNjcmlwdD4=' }],
    ['image', { preview: 'data:image/svg+xml;base64,PHN2Zz4=' }],
    ['image', { preview: 'data:image/png;base64,R0lGODlh' }],
    ['image', { tiles: [] }],
    ['image', { tiles: [{ x: 0, y: 0, width: 112, height: 84, rows: 0, columns: 4 }] }],
    ['step', { reward: '1' }],
    ['step', { detail: { kind: 'other' } }],
    ['step', { detail: null }],
    ['step', { step: -1 }],
    ['step', { step: 1.5 }],
    ['token', { stream: 'constructor' }],
    ['token', { index: 1e9 }],
    ['dependence', { index: 1e9 }],
    ['token', { text: 'x'.repeat(100_001) }],
  ] as const)('%s, change %#', (type, change) => {
    const { content, line } = withEvent(type, change);
    expect(refused(content)).toMatchObject({ code: 'PROTOCOL', message: expect.stringContaining(`Line ${line} `) as string });
  });

  const tile = (rows: number, columns: number, width = 112, height = 84) => ({ tiles: [{ x: 0, y: 0, width, height, rows, columns }] });
  test.each([
    ['image', tile(0, 0)],
    ['image', { width: 0, height: 0 }],
    ['image', tile(1e9, 1e9)],
    ['image', { ...tile(30_000, 30_000, 840_000, 840_000), width: 840_000, height: 840_000 }],
    ['image', { sourceWidth: 0 }],
    ['image', { width: 111 }],
    ['image', tile(3, 4, 112, 85)],
    ['prompt', { segments: [{ role: 'think', start: 0, length: 3_000_000, text: '' }] }],
    ['prompt', { segments: [{ role: 'think', start: 0, length: 17, text: '' }] }],
    ['prompt', { segments: [1, 2].map((start) => ({ role: 'think', start, length: 1, text: '' })) }],
    ['prompt', { segments: [{ role: 'tail', start: 0, length: 65_537, text: '' }] }],
    ['step', { step: 1e15 }],
    ['step', { step: 1 }],
    ['step', { reward: 1.1e12 }],
    ['step', { reward: -1.7e308 }],
    ['step', { ms: 1e300 }],
    ['step', { latents: [] }],
    ['token', { logprob: -1e13 }],
    ['token', { text: 'x'.repeat(1001) }],
  ] as const)('what would freeze a page: %s, change %#', (type, change) => {
    const { content, line } = withEvent(type, change);
    expect(refused(content)).toMatchObject({ code: 'PROTOCOL', message: expect.stringContaining(`Line ${line} `) as string });
  });

  test('more steps, tokens or think tokens than any run has; just as many are read', () => {
    const sized = (size: Parameters<typeof largestRun>[0]) => largestRun({ preview: PREVIEW, ...size });
    /** The run with one more event of a type after its last. */
    const oneMore = (run: RunEvent[], type: 'step' | 'token', change: object) => {
      const at = run.findLastIndex((event) => event.type === type);
      return writeRecord(run.toSpliced(at + 1, 0, { ...run[at], ...change }));
    };
    const steps = sized({ steps: MOST.steps - 1 });
    expect(parseRecord(writeRecord(steps)).events).toEqual(steps);
    expect(refused(oneMore(steps, 'step', { step: MOST.steps })).message).toContain('more than 501 steps');
    const tokens = sized({ tokens: MOST.tokens });
    expect(parseRecord(writeRecord(tokens)).events).toEqual(tokens);
    expect(refused(oneMore(tokens, 'token', { index: MOST.tokens })).message).toContain('more than 4096 tokens');
    const latents = sized({ latents: MOST.latents });
    expect(parseRecord(writeRecord(latents)).events).toEqual(latents);
    expect(refused(writeRecord(sized({ latents: MOST.latents + 1 }))).message).toContain('latents');
  });

  test('the bounds are those of the settings', () => {
    const { latents, steps, maxNewTokens, maxPatches } = { ...DMLR_FIELDS, ...COMMON_FIELDS };
    const most = [latents, steps, maxNewTokens, maxPatches].map((field) => ('max' in field ? field.max : null));
    expect([MOST.latents, MOST.steps - 1, MOST.tokens]).toEqual(most.slice(0, 3));
    expect(MOST.patchesPerLatent).toBe(Math.max(most[3] ?? 0, IVTLR_FIELDS.patches.max));
    expect(MOST.latents).toBeGreaterThanOrEqual(IVTLR_FIELDS.latentSteps.max);
  });

  test('steps without the image they look at', () => {
    const without = events.filter((event) => event.type !== 'image');
    expect(refused(writeRecord(without)).message).toContain('Phase "read" comes before the image');
  });

  test('patches and attention that the image does not have', () => {
    const step = events.find((event) => event.type === 'step');
    const latents = (change: object) => ({ latents: step?.latents.map((latent) => ({ ...latent, ...change })) });
    expect(refused(withEvent('step', latents({ patches: [12] })).content).message).toContain('patch outside the image');
    expect(refused(withEvent('step', latents({ attention: [1, 2] })).content).message).toContain('instead of 12');
  });

  test('an impossible order', () => {
    const without = (type: RunEvent['type']) => writeRecord(events.filter((event) => event.type !== type));
    expect(refused(without('started')).message).toContain('instead of "started"');
    expect(refused(text + text).message).toContain('after the run has ended');
    expect(refused(writeRecord([events[0], ...events])).message).toContain('twice');
    const missing = events.filter((event) => event.type !== 'step' || event.step !== 2);
    expect(refused(writeRecord(missing)).message).toContain('Step 3 comes where 2 should');
  });

  test('more than anyone would record', () => {
    const [started] = events;
    const blank = `\n`.repeat(MAX_RECORD_LINES);
    expect(refused(writeRecord([started]) + blank).message).toContain(`the ${MAX_RECORD_LINES} lines`);
    expect(refused('x'.repeat(MAX_RECORD_LENGTH + 1)).message).toContain(`${MAX_RECORD_LENGTH + 1} characters`);
    expect(refused(`${writeRecord([started])}${'x'.repeat(MAX_LINE_LENGTH + 1)}\n`).message).toMatch(
      new RegExp(`^Line 2 .* ${MAX_LINE_LENGTH + 1} characters; a line has at most ${MAX_LINE_LENGTH}`),
    );
  });

  test.each([
    ['lists', `[${'[],'.repeat(100_000)}0]`, 'lists and objects'],
    ['lists in lists', '['.repeat(120_000), 'deep in one another'],
    ['numbers', `[${'0,'.repeat(1_000_000)}0]`, 'values'],
    ['names', `{${Array.from({ length: 250_000 }, (_, i) => `"k${i}":1`).join()}}`, 'values'],
  ])('a line of too many %s, before it is parsed', (_, line, words) => {
    const { message } = refused(`${writeRecord([events[0]])}${line}\n`);
    expect(message).toMatch(/^Line 2 .* It has .*, and no event has\.$/);
    expect(message).toContain(words);
  });

  test('brackets and commas in a text are text', () => {
    const answer = '[{,\\"'.repeat(90);
    const run = largestRun({ preview: PREVIEW, tokens: 1000, text: () => answer });
    expect(parseRecord(writeRecord(run)).events).toEqual(run);
  });

  test('an end without a beginning is a run whose engine died', () => {
    expect(parseRecord('{"type":"cancelled","step":null}\n').cutOff).toBe(false);
    expect(refused('{"type":"phase","phase":"read"}\n').message).toContain('instead of "started"');
  });

  test('names that would reach the object prototype do nothing', () => {
    const line = JSON.stringify(events[0]).replace('"settings":{', '"settings":{"__proto__":{"polluted":true},');
    try {
      parseRecord(withLine(1, line));
    } catch {
      // Refusing it is as good.
    }
    expect('polluted' in {}).toBe(false);
  });
});
