// Right answers of several kinds on the same items: their shares, and pairs of them compared.
import { paired, wilson, type Paired, type Share } from './statistics';

export interface Comparison extends Paired {
  readonly arm: string;
  readonly against: string;
}

/** Two kinds of answers that are compared, by name. */
export type Pair = readonly [arm: string, against: string];

/** Whether each kind of answer to one item was right, by name. */
export type Correct = ReadonlyMap<string, boolean>;

/** Shares and comparisons of a group of items. */
export interface GroupReport {
  readonly accuracy: Readonly<Record<string, Share>>;
  readonly comparisons: readonly Comparison[];
}

interface PairCounter {
  items: number;
  lost: number;
  won: number;
}

/** Counts a group of items. */
export class GroupTally {
  readonly #shares = new Map<string, { asked: number; right: number }>();
  readonly #pairs = new Map<string, readonly [Pair, PairCounter]>();
  #items = 0;

  get items(): number {
    return this.#items;
  }

  /** Counts an item. Pairs of which one was not answered do not count. */
  add(correct: Correct, pairs: readonly Pair[]): void {
    this.#items += 1;
    for (const [name, isRight] of correct) {
      const share = this.#shares.get(name) ?? { asked: 0, right: 0 };
      this.#shares.set(name, share);
      share.asked += 1;
      if (isRight) share.right += 1;
    }
    for (const pair of pairs) {
      const [is, was] = pair.map((name) => correct.get(name));
      if (is === undefined || was === undefined) continue;
      const key = JSON.stringify(pair);
      const [, counter] = this.#pairs.get(key) ?? [pair, { items: 0, lost: 0, won: 0 }];
      this.#pairs.set(key, [pair, counter]);
      counter.items += 1;
      if (was && !is) counter.lost += 1;
      if (is && !was) counter.won += 1;
    }
  }

  report(): GroupReport {
    return {
      accuracy: Object.fromEntries([...this.#shares].map(([name, { right, asked }]) => [name, wilson(right, asked)])),
      comparisons: [...this.#pairs.values()].map(([[arm, against], { items, lost, won }]) => ({
        arm,
        against,
        ...paired(items, lost, won),
      })),
    };
  }
}
