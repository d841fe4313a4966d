// The terminal's reward curve and the lines around it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepEvent } from '../../../../src/events/events';
import { Report } from '../../../../web/cli/report';
import { CurveScreen, drawCurve, stepLine, type Screen } from '../../../../web/cli/terminal-curve';

function step(number: number, reward: number | null, bestReward: number | null, isBest = false): StepEvent {
  return {
    type: 'step',
    step: number,
    reward,
    bestReward,
    isBest,
    entropy: 1,
    topProbability: 0.5,
    patchCount: 1,
    latents: [],
    detail: null,
    ms: 12.4,
  };
}

class Recorder implements Screen {
  text = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns = 60,
  ) {}
  write(text: string): void {
    this.text += text;
  }
}

describe('the drawing', () => {
  it('puts the highest reward on the first line and the lowest on the last', () => {
    const lines = drawCurve([step(0, 0.1, 0.1), step(1, 0.9, 0.9), step(2, 0.5, 0.9)], 2, 60);
    expect(lines[0]).toContain('0.9000');
    expect(lines[0]).toContain('●');
    expect(lines[9]).toContain('0.1000');
    expect(lines[0].trimEnd().at(-1)).toBe('─');
    expect(lines.at(-1)?.trim().split(/\s+/)).toEqual(['0', '2']);
  });

  it('never leaves its terminal, whatever the rewards', () => {
    const rewards = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(rewards, fc.integer({ min: 24, max: 200 }), (values, columns) => {
        let best = -Infinity;
        const steps = values.map((value, i) => step(i, value, (best = Math.max(best, value))));
        const lines = drawCurve(steps, values.length - 1, columns);
        expect(lines).toHaveLength(11);
        for (const line of lines.slice(0, 10)) expect(line.slice(line.indexOf('┤')).length).toBeLessThanOrEqual(columns);
        expect(lines.join('')).toContain('●');
      }),
    );
  });
});

describe('the screen', () => {
  it('redraws in place on a terminal', () => {
    const recorder = new Recorder(true);
    const screen = new CurveScreen(recorder, 3);
    screen.add(step(0, 0.1, 0.1));
    expect(recorder.text).not.toContain('\x1b');
    screen.add(step(1, 0.2, 0.2));
    expect(recorder.text).toContain('\x1b[12A\x1b[J');
  });

  it('prints one plain line per step elsewhere', () => {
    const recorder = new Recorder(false);
    const screen = new CurveScreen(recorder, 3);
    screen.add(step(0, 0.1, 0.1));
    screen.add(step(1, 0.25, 0.25, true));
    expect(recorder.text).toBe(
      'step   0  R 0.1000  best 0.1000  1 patch     12 ms\nstep   1  R 0.2500  best 0.2500  1 patch     12 ms  new best\n',
    );
  });

  it('leaves out what a method without a reward does not have', () => {
    expect(stepLine(step(3, null, null))).toBe('step   3  1 patch     12 ms');
    const recorder = new Recorder(true);
    new CurveScreen(recorder, 3).add(step(0, null, null));
    expect(recorder.text).toBe('step   0  1 patch     12 ms\n');
  });

  it('says the numbers of a step', () => expect(stepLine(step(12, 1 / 3, 0.5))).toBe('step  12  R 0.3333  best 0.5000  1 patch     12 ms'));
});

describe('the report', () => {
  const finished = {
    answerCut: false,
    baselineCut: false,
    totals: { ms: 2500, passes: 1, rows: 1, visionPasses: 1, bytesReadBack: 1, phases: {} },
  };

  it('ends with the two answers and the best step', () => {
    const recorder = new Recorder(false);
    const report = new Report(recorder, 3);
    report.run({ type: 'phase', phase: 'baseline' });
    report.run({ type: 'finished', reason: 'steps', bestStep: 2, bestReward: 0.5, answer: ' Two. ', baseline: 'Three.', ...finished });
    expect(recorder.text).toBe('Answering without thinking …\n\nbaseline: Three.\nanswer:   Two.\nbest reward 0.5000 at step 2; 2.5 s\n');
  });

  it('says which answer was cut off, and where', () => {
    const recorder = new Recorder(false);
    const report = new Report(recorder, 3);
    for (const index of [0, 1]) report.run({ type: 'token', stream: 'answer', index, id: 1, text: 'a', logprob: -1 });
    report.run({ type: 'token', stream: 'baseline', index: 0, id: 1, text: 'b', logprob: -1 });
    const said = { type: 'finished', reason: 'steps', bestStep: null, bestReward: null, answer: 'aa', baseline: 'b' } as const;
    report.run({ ...said, ...finished, answerCut: true });
    report.run({ ...said, ...finished, baselineCut: true });
    expect(recorder.text).toBe('\nbaseline: b\nanswer:   aa [cut off at 2 tokens]\n\nbaseline: b [cut off at 1 token]\nanswer:   aa\n');
  });

  it('keeps what had been said when a run breaks', () => {
    const recorder = new Recorder(false);
    const report = new Report(recorder, 3);
    report.run({ type: 'token', stream: 'baseline', index: 0, id: 1, text: 'Th', logprob: -1 });
    report.run({ type: 'token', stream: 'baseline', index: 1, id: 2, text: 'ree', logprob: -1 });
    report.run({ type: 'cancelled', step: 1 });
    expect(recorder.text).toBe('baseline so far: Three\n');
  });
});
