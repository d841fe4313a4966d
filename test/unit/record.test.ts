// Recordings: what was written comes back; what is broken, foreign or hostile is refused with its line.
import { beforeAll, describe, expect, test } from 'vitest';
import { EngineFault, type EngineError } from '../../src/engine/errors';
import type { RunEvent } from '../../src/run/events';
import { foldRun, patchesAt, stepAt } from '../../src/run/fold';
import { MAX_RECORD_EVENTS, MAX_RECORD_LENGTH, parseRecord, writeRecord } from '../../src/run/record';
import { stepsCsv, tokensCsv } from '../../src/run/csv';
import { toyRun } from '../fakes/jobs';

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

/** The recording with one event changed. */
function withEvent(type: RunEvent['type'], change: object): { content: string; line: number } {
  const index = events.findIndex((event) => event.type === type);
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
      const whole = cut.split('\n').length - 1;
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
    const { content } = withEvent('started', { format: 2 });
    expect(refused(content).message).toContain('format version 2; this version of Noema reads version 1');
    expect(refused(withEvent('started', { format: 'x' }).content).message).toContain('version unknown');
  });

  test.each([
    ['image', { preview: 'https://example.org/track.png' }],
    ['image', { preview: 'data:text/html;base64,PHNjcmlwdD4=' }],
    ['image', { preview: 'data:image/svg+xml;base64,PHN2Zz4=' }],
    ['image', { merge: 0 }],
    ['image', { merge: 7 }],
    ['step', { reward: null }],
    ['step', { step: -1 }],
    ['step', { step: 1.5 }],
    ['token', { stream: 'constructor' }],
    ['token', { index: 1e9 }],
    ['dependence', { index: 1e9 }],
    ['token', { text: 'x'.repeat(100_001) }],
  ] as const)('%s with %j', (type, change) => {
    const { content, line } = withEvent(type, change);
    expect(refused(content)).toMatchObject({ code: 'PROTOCOL', message: expect.stringContaining(`Line ${line} `) as string });
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
    expect(refused(writeRecord(missing)).message).toContain('step 3 comes after step 1');
  });

  test('more than anyone would record', () => {
    const [started] = events;
    const phases = `${JSON.stringify({ type: 'phase', phase: 'read' })}\n`.repeat(MAX_RECORD_EVENTS);
    expect(refused(writeRecord([started]) + phases).message).toContain(`more than ${MAX_RECORD_EVENTS} events`);
    expect(refused('x'.repeat(MAX_RECORD_LENGTH + 1)).message).toContain('characters');
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

describe('folding', () => {
  test('adds up to series, patches and texts', () => {
    const state = foldRun(events);
    const steps = events.filter((event) => event.type === 'step');
    expect(state.series.map((point) => point.step)).toEqual([0, 1, 2, 3, 4]);
    expect(state.bestReward).toBe(steps.at(-1)?.bestReward);
    expect(patchesAt(state, 4)).toEqual(steps[4].latents.map((latent) => latent.patches));
    expect(patchesAt(state, 99)).toEqual([]);
    expect(stepAt(state, 2)).toBe(steps[2]);
    expect(state.status).toBe('finished');
  });

  test('a run that broke keeps its steps', () => {
    const broken = foldRun([...events.slice(0, 16), { type: 'cancelled', step: 3 }]);
    expect(broken.status).toBe('cancelled');
    expect(broken.steps.length).toBeGreaterThan(0);
  });

  test('does not change the state it is given', () => {
    const before = foldRun(events.slice(0, 12));
    const copy = structuredClone(before);
    for (const event of events.slice(12)) foldRun([event]);
    foldRun(events);
    expect(before).toEqual(copy);
  });
});

describe('tables', () => {
  test('steps begin with the columns of the released code', () => {
    const [header, first, second, ...rest] = stepsCsv(foldRun(events)).split('\r\n');
    expect(header).toMatch(/^step,reward,sigma,is_new_best,patch_count,patch_budget,/);
    expect(rest).toHaveLength(4);
    const cells = first.split(',');
    expect(cells.slice(0, 6)).toEqual(['0', cells[1], '0.1', 'True', '8', '16']);
    // After the first step the released code writes the decayed sigma.
    expect(Number(second.split(',')[2])).toBeCloseTo(0.095, 12);
  });

  test('text is quoted, and a spreadsheet never takes it for a formula', () => {
    const token = { type: 'token', stream: 'answer', id: 1, logprob: -1 } as const;
    const state = foldRun([
      { ...token, index: 0, text: 'a,"b"\n' },
      { ...token, index: 1, text: '=HYPERLINK("http://x")' },
      { ...token, index: 2, text: '-5' },
    ]);
    expect(tokensCsv(state)).toBe(
      'stream,index,id,text,logprob,dependence,logprob_with_image,logprob_without_image\r\n' +
        'answer,0,1,"a,""b""\n",-1,,,\r\n' +
        'answer,1,1,"\'=HYPERLINK(""http://x"")",-1,,,\r\n' +
        "answer,2,1,'-5,-1,,,\r\n",
    );
  });
});
