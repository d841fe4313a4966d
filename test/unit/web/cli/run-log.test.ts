// A run's log: what is written at which end, which words and which exit status it gives.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readFileSync, rmSync } from 'node:fs';
import { cancelled, fault } from '../../../../src/errors';
import type { RunEvent } from '../../../../src/events/events';
import type { Output } from '../../../../web/cli/output';
import { RunLog } from '../../../../web/cli/run-log';

class FakeOutput implements Output {
  readonly name = 'run.jsonl';
  readonly partial = null;
  readonly isStdout = false;
  readonly lines: string[] = [];
  readonly calls: string[] = [];
  failure: Error | null = null;

  append(line: string): void {
    this.lines.push(line);
  }
  finish(): Promise<void> {
    this.calls.push('finish');
    return this.failure === null ? Promise.resolve() : Promise.reject(this.failure);
  }
  finishNow(): void {
    this.calls.push('finishNow');
  }
  discard(): void {
    this.calls.push('discard');
  }
}

let complaints: string;
beforeEach(() => {
  complaints = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaints += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const PHASE: RunEvent = { type: 'phase', phase: 'read' };
const CANCELLED: RunEvent = { type: 'cancelled', step: null };
const failed = (code: 'INTERNAL' | 'BAD_IMAGE'): RunEvent => ({ type: 'failed', error: fault(code, 'It failed.', 'Try again.').value });
const gone = fault('INTERNAL', 'The browser has gone.', 'Run again.').value;

function log(output: FakeOutput, ...events: RunEvent[]) {
  const printed: string[] = [];
  const made = new RunLog(output, (text) => printed.push(text));
  for (const event of events) made.add(event);
  return { made, printed };
}

describe('a run that ended', () => {
  it.each([
    ['stopped', CANCELLED, 130, ['finish'], ''],
    ['failed', failed('INTERNAL'), 1, ['finish'], 'It failed. Try again.\n'],
    ['refused', failed('BAD_IMAGE'), 2, ['discard'], 'It failed: try again.\n'],
  ] as const)('%s has its file at once, or none', async (_, event, status, calls, words) => {
    const output = new FakeOutput();
    const { made, printed } = log(output, PHASE, event);
    expect(output.calls).toEqual(calls);
    expect(await made.end(null, false)).toBe(status);
    expect(complaints).toBe(words);
    expect(printed).toEqual(calls[0] === 'finish' ? ['2 events in run.jsonl\n'] : []);
    made.endNow();
    expect(output.lines).toHaveLength(2);
  });

  it('keeps its events elsewhere when its file fails, says where, and has failed', async () => {
    const output = new FakeOutput();
    output.failure = new Error('ENOSPC: no space left on device, write');
    const finished = { type: 'finished' } as RunEvent;
    const { made, printed } = log(output, PHASE, finished);
    expect(await made.end(null, false)).toBe(1);
    expect(printed).toEqual([]);
    const [, path = ''] =
      /^The run's 2 events could not be written to "run.jsonl" \(no space left on device\): they are in (.+)\.\n$/.exec(complaints) ?? [];
    expect(readFileSync(path, 'utf8')).toBe(output.lines.join(''));
    rmSync(path);
  });
});

describe('a run that did not end', () => {
  it('ends with the problem', async () => {
    const output = new FakeOutput();
    const { made } = log(output, PHASE);
    expect(await made.end(gone, false)).toBe(1);
    expect(JSON.parse(output.lines[1])).toEqual({ type: 'failed', error: gone });
    expect(output.calls).toEqual(['finish']);
    expect(complaints).toBe('The browser has gone. Run again.\n');
  });

  it('ends as stopped where it was', async () => {
    const output = new FakeOutput();
    const { made } = log(output, PHASE);
    expect(await made.end(cancelled().value, false)).toBe(130);
    expect(output.lines[1]).toBe('{"type":"cancelled","step":null}\n');
  });

  it('that never began leaves nothing, and its problem is said once', async () => {
    const output = new FakeOutput();
    const { made } = log(output);
    expect(await made.end(gone, true)).toBe(1);
    expect(output.calls).toEqual(['discard']);
    expect(complaints).toBe('');
  });

  it('has an end even when the process exits under it', () => {
    const output = new FakeOutput();
    log(output, PHASE).made.endNow();
    expect(output.lines[1]).toBe('{"type":"cancelled","step":null}\n');
    expect(output.calls).toEqual(['finishNow']);
    const unbegun = new FakeOutput();
    log(unbegun).made.endNow();
    expect(unbegun.calls).toEqual(['discard']);
  });
});
