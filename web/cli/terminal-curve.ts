// The reward curve in a terminal: a pure drawing, and a screen that redraws it in place or prints one line per step.
import type { StepEvent } from '../../src/events/events';

const HEIGHT = 10;
/** Columns of the axis on the left: a number and its rule. */
const AXIS = 10;

/**
 * Draws evaluated rewards (●) and the best so far (─) as `HEIGHT` lines and one of step numbers; nothing when no step has a reward.
 *
 * @param steps the steps so far, in order; at least one.
 * @param lastStep the step at the right edge.
 * @param columns width of the terminal in characters.
 */
export function drawCurve(steps: readonly StepEvent[], lastStep: number, columns: number): string[] {
  const width = Math.max(8, Math.min(columns - AXIS - 1, 80));
  const values = steps.flatMap((step) => [step.reward, step.bestReward]).filter((value) => value !== null);
  if (values.length === 0) return [];
  const low = Math.min(...values);
  const span = Math.max(Math.max(...values) - low, 1e-6);
  const rows = Array.from({ length: HEIGHT }, () => Array.from({ length: width }, () => ' '));
  const column = (step: number): number => Math.round((Math.min(step, lastStep) / Math.max(1, lastStep)) * (width - 1));
  const row = (value: number): number => HEIGHT - 1 - Math.round(((value - low) / span) * (HEIGHT - 1));
  steps.forEach((step, i) => {
    const until = i + 1 < steps.length ? column(steps[i + 1].step) : column(step.step);
    const { bestReward: best } = step;
    if (best !== null) for (let x = column(step.step); x <= until; x++) rows[row(best)][x] = '─';
  });
  for (const { step, reward } of steps) if (reward !== null) rows[row(reward)][column(step)] = '●';
  const lines = rows.map((cells, i) => `${label(low + (span * (HEIGHT - 1 - i)) / (HEIGHT - 1), i)} ┤${cells.join('').trimEnd()}`);
  const right = String(lastStep);
  return [...lines, `${' '.repeat(AXIS - 1)}0${right.padStart(width - 1)}`];
}

function label(value: number, line: number): string {
  const shown = line === 0 || line === HEIGHT - 1 || line === Math.floor(HEIGHT / 2);
  return (shown ? value.toFixed(4) : '').padStart(AXIS - 2);
}

/** One step as a line of numbers; what its method does not have is left out. */
export function stepLine(step: StepEvent): string {
  const best = step.isBest ? '  new best' : '';
  const patches = `${step.patchCount} patch${step.patchCount === 1 ? '' : 'es'}`;
  const reward = step.reward === null ? [] : [`R ${step.reward.toFixed(4)}`];
  const bestReward = step.bestReward === null ? [] : [`best ${step.bestReward.toFixed(4)}`];
  const facts = [`step ${String(step.step).padStart(3)}`, ...reward, ...bestReward, patches.padEnd(10), `${Math.round(step.ms)} ms`];
  return `${facts.join('  ')}${best}`;
}

/** Where the curve goes: `columns` is undefined for a file or a pipe. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows steps as they come: redrawn in place on a terminal, one line each elsewhere. */
export class CurveScreen {
  readonly #screen: Screen;
  readonly #lastStep: number;
  readonly #steps: StepEvent[] = [];
  #drawn = 0;

  constructor(screen: Screen, lastStep: number) {
    this.#screen = screen;
    this.#lastStep = lastStep;
  }

  add(step: StepEvent): void {
    this.#steps.push(step);
    if (this.#screen.isTTY !== true) {
      this.#screen.write(`${stepLine(step)}\n`);
      return;
    }
    // A terminal that does not know its width says 0.
    const columns = this.#screen.columns || 80;
    const lines = [...drawCurve(this.#steps, this.#lastStep, columns), stepLine(step).slice(0, columns - 1)];
    const back = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\x1b[J`;
    this.#screen.write(`${back}${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  /** Called before other text is printed, so that a later step does not draw over it. */
  settle(): void {
    this.#drawn = 0;
  }
}
