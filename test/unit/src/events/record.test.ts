// Recordings: what was written comes back; what is broken, foreign or hostile is refused with its line.
import { beforeAll, describe, expect, test } from 'vitest';
import { EngineFault, type EngineError } from '../../../../src/errors';
import { MOST, type RunEvent, type RunEventOf } from '../../../../src/events/events';
import { emptyRun, foldEvents, foldRun, patchesAt, stepAt, type RunState } from '../../../../src/events/fold';
import { MAX_RECORD_EVENTS, MAX_RECORD_LENGTH, parseRecord as parseWith, writeRecord, type Recording } from '../../../../src/events/record';
import { stepsCsv, tokensCsv } from '../../../../src/events/csv';
import { dmlr } from '../../../../src/methods/dmlr/dmlr';
import { DMLR_FIELDS } from '../../../../src/methods/dmlr/settings';
import { METHODS } from '../../../../src/methods/registry';
import { COMMON_FIELDS } from '../../../../src/settings/common';
import { toyRun } from '../../../fakes/jobs';

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
    // Of the steps the second is changed where the first would only set the rule for the others.
    const at = 'latents' in change ? 1 : 0;
    const { content, line } = withEvent(type, change, at);
    expect(refused(content)).toMatchObject({ code: 'PROTOCOL', message: expect.stringContaining(`Line ${line} `) as string });
  });

  test('more steps, tokens or think tokens than any run has; just as many are read', () => {
    const head = events.slice(
      0,
      events.findIndex((event) => event.type === 'step'),
    );
    const step = events.find((event) => event.type === 'step')!;
    const steps = (length: number) => writeRecord([...head, ...Array.from({ length }, (_, k) => ({ ...step, step: k }))]);
    expect(parseRecord(steps(MOST.steps)).events.at(-1)).toMatchObject({ step: 500 });
    expect(refused(steps(MOST.steps + 1)).message).toContain('more than 501 steps');

    const opening = events.slice(
      0,
      events.findIndex((event) => event.type === 'token'),
    );
    const token = (index: number) => ({ type: 'token', stream: 'answer', index, id: 1, text: 'a', logprob: -1 }) as const;
    const tokens = (length: number) => writeRecord([...opening, ...Array.from({ length }, (_, index) => token(index))]);
    expect(parseRecord(tokens(MOST.tokens)).events.at(-1)).toMatchObject({ index: 4095 });
    expect(refused(tokens(MOST.tokens + 1)).message).toContain('more than 4096 tokens');

    const thinking = (length: number): RunEventOf<'step'> => ({
      ...step,
      latents: Array(length).fill(step.latents[0]),
      detail: { kind: 'dmlr', ...step.detail, candidates: [], latents: Array.from({ length }, () => ({ rejected: [], drift: 0 })) },
    });
    expect(parseRecord(writeRecord([...head, thinking(MOST.latents)])).cutOff).toBe(true);
    expect(refused(writeRecord([...head, thinking(MOST.latents + 1)])).message).toContain('latents');
  });

  test('the bounds are those of the settings', () => {
    const { latents, steps, maxNewTokens, maxPatches } = { ...DMLR_FIELDS, ...COMMON_FIELDS };
    const most = [latents, steps, maxNewTokens, maxPatches].map((field) => ('max' in field ? field.max : null));
    expect([MOST.latents, MOST.steps - 1, MOST.tokens, MOST.patchesPerLatent]).toEqual(most);
  });

  test('steps without the image they look at', () => {
    const without = events.filter((event) => event.type !== 'image');
    expect(refused(writeRecord(without)).message).toContain('step 0 comes before the image');
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
    expect(refused(writeRecord(missing)).message).toContain('step 3 comes where 2 should');
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
    expect(state.steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
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

describe('folding many events', () => {
  test('takes time in proportion to their number', { timeout: 15_000 }, () => {
    // Copying the list for every token would move 1e10 entries.
    const length = 100_000;
    function* tokens() {
      for (let index = 0; index < length; index++) {
        yield { type: 'token', stream: 'answer', index, id: 1, text: 'a', logprob: -1 } as const;
        yield { type: 'dependence', stream: 'answer', index, value: 0, withImage: 0, withoutImage: 0 } as const;
      }
    }
    const { answer } = foldRun(tokens()).streams;
    expect([answer.tokens.length, answer.dependence.length, answer.text.length]).toEqual([length, length, length]);
  });

  test('in portions leaves every earlier state as it was', () => {
    let state = emptyRun();
    const seen: { state: RunState; copy: RunState }[] = [];
    for (let from = 0; from < events.length; from += 3) {
      state = foldEvents(state, events.slice(from, from + 3));
      seen.push({ state, copy: structuredClone(state) });
    }
    for (const { state: kept, copy } of seen) expect(kept).toEqual(copy);
    expect(state).toEqual(foldRun(events));
  });
});

describe('tables', () => {
  test('steps begin with the columns of the released code', () => {
    const [header, first, second, ...rest] = stepsCsv(foldRun(events), dmlr.columns?.(dmlr.space.defaults)).split('\r\n');
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
