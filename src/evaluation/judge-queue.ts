// Has a language model judge answers while items are evaluated: one request for equal pairs, a pace, and an end to asking when nothing comes back.
import pLimit from 'p-limit';
import { answersOf, judge, type Verdicts } from './judgement';
import { askJudge, checkJudge, type AskModel } from './llm-judge';
import type { ItemLine, Verdict } from './log';

export interface JudgeOptions {
  readonly ask: AskModel;
  /** What the judge is called, for verdicts. */
  readonly name: string;
  /** Keeps a verdict. */
  save(verdict: Verdict): void;
  /** Says something a person should know, once. */
  say(line: string): void;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
  /** Milliseconds from any fixed point. */
  now(): number;
  /** Least milliseconds between the beginnings of two requests; 0: none. */
  readonly everyMs: number;
  /** Requests that may be open at once. */
  readonly atOnce: number;
}

/** What came of asking. */
export interface JudgeOutcome {
  /** Answers that a verdict was found for. */
  readonly judged: number;
  /** Answers that the rules had to judge instead. */
  readonly fallbacks: number;
}

/** So many requests in a row without a verdict end the asking: the rules judge what is left. */
const IN_A_ROW = 3;

export class JudgeQueue {
  readonly #options: JudgeOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  /** Verdicts of pairs that have been asked about, by their texts. */
  readonly #known = new Map<string, Promise<boolean>>();
  readonly #open: Promise<void>[] = [];
  #checked: Promise<string | null> | null = null;
  #failures = 0;
  #gaveUp = false;
  #nextAt = 0;
  #judged = 0;
  #fallbacks = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#limit = pLimit(options.atOnce);
  }

  /** Asks about every answer of an item that the strict rules do not find equal and that has no verdict of this judge. Returns at once. */
  add(item: ItemLine, verdicts: Verdicts): void {
    for (const { key, answer } of answersOf(item)) {
      const verdict = verdicts.get(key);
      const { by, rules } = judge(answer.text, item, 'llm', verdict?.judge === this.#options.name ? verdict : undefined);
      if (by === 'rules-as-fallback') this.#open.push(this.#judge(item, key, rules.answer));
    }
  }

  /** Resolves when everything that was added has a verdict or will get none. */
  async finish(): Promise<JudgeOutcome> {
    while (this.#open.length > 0) await this.#open.shift();
    return { judged: this.#judged, fallbacks: this.#fallbacks };
  }

  /** Gives up what has not been asked yet. */
  stop(): void {
    this.#gaveUp = true;
  }

  async #judge({ place, prompt, solution }: ItemLine, arm: string, answer: string): Promise<void> {
    const pair = JSON.stringify([prompt, solution, answer]);
    const known = this.#known.get(pair) ?? this.#limit(() => this.#ask(prompt, solution, answer));
    this.#known.set(pair, known);
    try {
      const equivalent = await known;
      this.#options.save({ type: 'verdict', place, arm, judge: this.#options.name, equivalent });
      this.#judged += 1;
    } catch {
      this.#known.delete(pair);
      this.#fallbacks += 1;
    }
  }

  async #ask(question: string, solution: string, answer: string): Promise<boolean> {
    this.#checked ??= this.#check();
    const problem = await this.#checked;
    if (problem !== null) throw new Error(problem);
    if (this.#gaveUp) throw new Error('given up');
    try {
      const equivalent = await askJudge(this.#paced, question, solution, answer);
      this.#failures = 0;
      return equivalent;
    } catch (thrown) {
      this.#failures += 1;
      if (this.#failures >= IN_A_ROW && !this.#gaveUp) {
        this.#gaveUp = true;
        this.#options.say(this.#words(`gave no verdict ${IN_A_ROW} times in a row (${reason(thrown)})`));
      }
      throw thrown;
    }
  }

  async #check(): Promise<string | null> {
    let problem: string | null;
    try {
      problem = await checkJudge(this.#paced);
    } catch (thrown) {
      problem = reason(thrown);
    }
    if (problem !== null) this.#options.say(this.#words(`failed the question that is asked first: ${problem}`));
    return problem;
  }

  readonly #paced: AskModel = async (system, user) => {
    const { ask, wait, now, everyMs } = this.#options;
    const at = Math.max(now(), this.#nextAt);
    this.#nextAt = at + everyMs;
    if (at > now()) await wait(at - now());
    return ask(system, user);
  };

  #words(what: string): string {
    return `The judge ${this.#options.name} ${what}: the strict rules judge what it has not. --verify-only asks again later.`;
  }
}

const reason = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0].slice(0, 200).replace(/\.$/, '');
