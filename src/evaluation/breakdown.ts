// Right answers by a field of the items, such as their family, domain or topic, and by named groups of families.
import { GroupTally, type Correct, type GroupReport, type Pair } from './comparisons';
import type { ItemLine } from './log';

/** The field that groups are of. */
export const FAMILY = 'family';
/** What accuracy is broken down by unless a person says otherwise: those of these fields that items have. */
export const USUAL_FIELDS: readonly string[] = [FAMILY, 'domain', 'topic', 'subject'];

/** Families that are counted together, under a name. */
export interface FamilyGroup {
  readonly name: string;
  readonly families: readonly string[];
}

/** Items with one value of a field, or of a group of values. */
export interface ValueReport extends GroupReport {
  readonly value: string;
  readonly items: number;
}

export interface Breakdown {
  readonly field: string;
  /** In alphabetical order; empty when no item has the field. */
  readonly values: readonly ValueReport[];
  /** Items that do not have it. */
  readonly without: number;
  /** In the order in which they were named; of families alone. */
  readonly groups: readonly (ValueReport & { readonly families: readonly string[]; readonly absent: readonly string[] })[];
}

/** What an item has in a field; undefined where it has none. */
export function fieldOf({ family, split, fields }: Pick<ItemLine, 'family' | 'split' | 'fields'>, name: string): string | undefined {
  if (name === FAMILY) return family ?? undefined;
  if (name === 'split') return split ?? undefined;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Counts items by one field. */
export class BreakdownTally {
  readonly field: string;
  readonly #values = new Map<string, GroupTally>();
  readonly #groups: readonly (readonly [FamilyGroup, GroupTally])[];
  #without = 0;

  /** @param groups counted beside the values where the field is `family`. */
  constructor(field: string, groups: readonly FamilyGroup[]) {
    this.field = field;
    this.#groups = field === FAMILY ? groups.map((group) => [group, new GroupTally()] as const) : [];
  }

  add(item: ItemLine, correct: Correct, pairs: readonly Pair[]): void {
    const value = fieldOf(item, this.field);
    if (value === undefined) {
      this.#without += 1;
      return;
    }
    const tally = this.#values.get(value) ?? new GroupTally();
    this.#values.set(value, tally);
    tally.add(correct, pairs);
    for (const [{ families }, group] of this.#groups) if (families.includes(value)) group.add(correct, pairs);
  }

  report(): Breakdown {
    const values = [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      field: this.field,
      values: values.map(([value, tally]) => ({ value, items: tally.items, ...tally.report() })),
      without: this.#without,
      groups: this.#groups.map(([{ name, families }, tally]) => ({
        value: name,
        items: tally.items,
        families,
        absent: families.filter((family) => !this.#values.has(family)),
        ...tally.report(),
      })),
    };
  }
}
