// Recordings of format 1, as four of them are published with the page, say in the present format what they said in theirs.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunEventOf } from '../../../../src/events/events';
import { foldRun } from '../../../../src/events/fold';
import { parseRecord } from '../../../../src/events/read-record';
import { writeRecord } from '../../../../src/events/record';
import { dmlrDetail } from '../../../../src/methods/dmlr/detail';
import { METHODS } from '../../../../src/methods/registry';

type Line = Record<string, unknown> & { readonly type: string };

const linesOf = (name: string): Line[] =>
  readFileSync(`public/runs/${name}.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const textOf = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

describe.each(['above', 'eight-objects', 'nearest', 'yellow-and-orange'])('%s', (name) => {
  const lines = linesOf(name);
  const { events, cutOff } = parseRecord(textOf(lines), METHODS);
  const only = <T extends (typeof events)[number]['type']>(type: T) =>
    events.filter((event): event is RunEventOf<T> => event.type === type);
  const told = (type: string): Line[] => lines.filter((line) => line.type === type);

  it('is of format 1 on the disk and of format 2 when it has been read', () => {
    expect(told('started')[0]['format']).toBe(1);
    expect(only('started')[0]).toMatchObject({ format: 2, model: { family: 'qwen-vl' } });
    expect(cutOff).toBe(false);
    expect(events.map(({ type }) => type)).toEqual(lines.map(({ type }) => type));
  });

  it('has its patches as one tile of merged tokens', () => {
    const [{ grid, merge, width, height }] = told('image') as unknown as RunEventOf<'image'>[] &
      { grid: { h: number; w: number }; merge: number }[];
    expect(only('image')[0].tiles).toEqual([{ x: 0, y: 0, width, height, rows: grid.h / merge, columns: grid.w / merge }]);
    expect(only('image')[0]).not.toHaveProperty('grid');
  });

  it('names its phases as they are named now, in events and in totals', () => {
    expect(told('phase').map(({ phase }) => phase)).toContain('optimise');
    expect(only('phase').map(({ phase }) => phase)).toEqual(told('phase').map(({ phase }) => (phase === 'optimise' ? 'think' : phase)));
    const before = (told('finished')[0]['totals'] as { phases: Record<string, number> }).phases;
    const { optimise, ...others } = before;
    expect(only('finished')[0].totals.phases).toEqual({ ...others, think: optimise });
  });

  it('keeps every number of its steps, DMLR’s own in their detail', () => {
    const steps = only('step');
    expect(steps.length).toBeGreaterThan(10);
    for (const [index, step] of steps.entries()) {
      const line = told('step')[index];
      const detail = dmlrDetail(step);
      expect(detail).toMatchObject({ sigma: line['sigma'], updateNorm: line['updateNorm'], candidates: line['candidates'] });
      expect(detail?.unperturbedReward).toBe(line['unperturbedReward']);
      expect(step).not.toHaveProperty('sigma');
      expect(step).toMatchObject({ reward: line['reward'], bestReward: line['bestReward'], isBest: line['isBest'] });
      const latents = line['latents'] as { rejected: number[]; drift: number; patches: number[] }[];
      expect(detail?.latents).toEqual(latents.map(({ rejected, drift }) => ({ rejected, drift })));
      expect(step.latents.map(({ patches }) => patches)).toEqual(latents.map(({ patches }) => patches));
    }
  });

  it('is the same again after it has been written in the present format', () => {
    expect(parseRecord(writeRecord(events), METHODS).events).toEqual(events);
    expect(foldRun(events).steps.length).toBe(told('step').length);
  });

  it('is refused with its line where a step lacks what format 1 had', () => {
    const at = lines.findIndex(({ type }) => type === 'step');
    const { sigma: _, ...rest } = lines[at];
    expect(() => parseRecord(textOf(lines.with(at, rest as Line)), METHODS)).toThrow(new RegExp(`line ${at + 1}`, 'i'));
  });
});
