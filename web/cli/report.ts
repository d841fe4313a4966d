// What `npm run ask` says while a run goes on, from its events alone.
import type { LoadEvent, LoadPhase, RunEvent, RunPhase, Stream } from '../../src/events/events';
import { CurveScreen, type Screen } from './terminal-curve';

const LOADING: Record<LoadPhase, string> = {
  download: 'Reading the model',
  compile: 'Preparing it for this machine',
  'self-test': "Checking this machine's numbers",
  'warm-up': 'Warming up',
};

const RUNNING: Record<RunPhase, string> = {
  read: 'Reading the picture and the question',
  baseline: 'Answering without thinking',
  think: 'Thinking',
  answer: 'Answering',
  attention: 'Reading what the answer attends to',
  controls: 'Answering again with parts of the thought left out',
  dependence: 'Measuring what the answer owes to the picture',
};

/** Folds the events of a load and a run into lines on a screen. */
export class Report {
  readonly #screen: Screen;
  readonly #curve: CurveScreen;
  readonly #texts: Record<Stream, string> = { baseline: '', answer: '' };
  readonly #tokens: Record<Stream, number> = { baseline: 0, answer: 0 };
  #phase: RunPhase | null = null;

  /** @param lastStep the step at the curve's right edge. */
  constructor(screen: Screen, lastStep: number) {
    this.#screen = screen;
    this.#curve = new CurveScreen(screen, lastStep);
  }

  load(event: LoadEvent): void {
    if (event.type === 'phase') this.#say(`${LOADING[event.phase]} …`);
    if (event.type === 'notice') this.#say(event.message);
    if (event.type === 'ready') {
      this.#say(`${event.model.name} (${event.model.dtype}) on ${event.device.description}, ready in ${(event.ms / 1000).toFixed(1)} s`);
    }
  }

  run(event: RunEvent): void {
    switch (event.type) {
      case 'phase':
        if (event.phase !== this.#phase) this.#say(`${RUNNING[event.phase]} …`);
        this.#phase = event.phase;
        return;
      case 'step':
        return this.#curve.add(event);
      case 'token':
        this.#texts[event.stream] += event.text;
        this.#tokens[event.stream] += 1;
        return;
      case 'control':
        this.#say(`${event.control.padEnd(16)} ${event.reward === null ? '' : `R ${event.reward.toFixed(4)}  `}${event.answer.trim()}`);
        return;
      case 'finished':
        if (event.baseline !== null) this.#say(`\nbaseline: ${event.baseline.trim()}${this.#ending('baseline', event.baselineCut)}`);
        this.#say(`answer:   ${event.answer.trim()}${this.#ending('answer', event.answerCut)}`);
        if (event.bestStep !== null && event.bestReward !== null) {
          this.#say(`best reward ${event.bestReward.toFixed(4)} at step ${event.bestStep}; ${(event.totals.ms / 1000).toFixed(1)} s`);
        }
        return;
      case 'cancelled':
      case 'failed':
        // What had been said until then is still worth reading.
        for (const stream of ['baseline', 'answer'] as const) {
          if (this.#texts[stream] !== '') this.#say(`${stream} so far: ${this.#texts[stream].trim()}`);
        }
        return;
      default:
        return;
    }
  }

  /** What stands after an answer that was cut off. */
  #ending(stream: Stream, cut: boolean | null): string {
    if (cut !== true) return '';
    const tokens = this.#tokens[stream];
    return ` [cut off at ${tokens} ${tokens === 1 ? 'token' : 'tokens'}]`;
  }

  #say(line: string): void {
    this.#curve.settle();
    this.#screen.write(`${line}\n`);
  }
}
