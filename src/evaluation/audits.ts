// Audits: each control of an arm's runs against the run's own answer on the same items, overall and by family.
import type { MethodRegistry } from '../methods/method-registry';
import { METHODS } from '../methods/registry';
import type { Arm } from './arms';
import { BreakdownTally, FAMILY, type Breakdown, type FamilyGroup } from './breakdown';
import { GroupTally, type GroupReport } from './comparisons';
import { judge } from './judgement';
import type { JudgeName } from './judge';
import type { ItemLine } from './log';

/** The controls of one arm. */
export interface AuditReport extends GroupReport {
  readonly arm: string;
  readonly items: number;
  /** What each control is, in the order in which the method makes them. */
  readonly controls: readonly { readonly id: string; readonly label: string; readonly help: string }[];
  readonly families: Breakdown;
}

/** Counts the controls of one arm's runs. A language model is not asked about controls: the strict rules judge both sides then. */
export class AuditTally {
  readonly #arm: Arm;
  readonly #judge: JudgeName;
  readonly #all = new GroupTally();
  readonly #families: BreakdownTally;
  readonly #seen = new Set<string>();

  constructor(arm: Arm, judgeName: JudgeName, groups: readonly FamilyGroup[]) {
    this.#arm = arm;
    this.#judge = judgeName === 'llm' ? 'strict' : judgeName;
    this.#families = new BreakdownTally(FAMILY, groups);
  }

  add(item: ItemLine): void {
    const result = item.arms[this.#arm.name];
    if (result === undefined || result.controls.length === 0) return;
    const own = this.#arm.name;
    const isRight = (text: string): boolean => judge(text, item, this.#judge, undefined).correct;
    const correct = new Map([[own, isRight(result.answer.text)]]);
    for (const { id, text } of result.controls) {
      this.#seen.add(id);
      correct.set(controlKey(own, id), isRight(text));
    }
    const pairs = result.controls.map(({ id }) => [controlKey(own, id), own] as const);
    this.#all.add(correct, pairs);
    this.#families.add(item, correct, pairs);
  }

  /** null when no run had controls. @param methods say what the controls are called. */
  report(methods: MethodRegistry = METHODS): AuditReport | null {
    if (this.#seen.size === 0) return null;
    const { name, method: id, settings } = this.#arm;
    const method = methods.find(id);
    const words = method?.controls?.(method.space.parse(settings)) ?? [];
    return {
      arm: name,
      items: this.#all.items,
      controls: [...this.#seen].map((control) => words.find((one) => one.id === control) ?? { id: control, label: control, help: '' }),
      ...this.#all.report(),
      families: this.#families.report(),
    };
  }
}

/** A control's name beside those of answers; arms cannot have such names. */
export const controlKey = (arm: string, control: string): string => `${arm}:control:${control}`;
