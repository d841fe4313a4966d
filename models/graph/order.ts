// Whether the nodes of a graph can be computed one after another, and which of them stand in the way.

interface Step {
  readonly name: string;
  readonly reads: readonly string[];
  readonly gives: readonly string[];
}

/** A tensor that two nodes compute, or nodes that wait for each other, in a circle; null when there is an order. */
export type Disorder = { readonly twice: string } | { readonly circle: readonly string[] };

/** Looks for an order in which every node comes after those whose tensors it reads. Takes time in proportion to what the nodes read. */
export function findDisorder(steps: readonly Step[]): Disorder | null {
  const makers = new Map<string, number>();
  for (const [index, { gives }] of steps.entries()) {
    for (const tensor of gives) {
      if (tensor === '') continue;
      if (makers.has(tensor)) return { twice: tensor };
      makers.set(tensor, index);
    }
  }
  const waitsFor = steps.map(({ reads }) => new Set(reads.flatMap((tensor) => makers.get(tensor) ?? [])));
  const readers = steps.map((): number[] => []);
  waitsFor.forEach((before, index) => before.forEach((maker) => readers[maker].push(index)));
  const open = waitsFor.map((before) => before.size);
  const ready = open.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    for (const reader of readers[index]) {
      open[reader] -= 1;
      if (open[reader] === 0) ready.push(reader);
    }
  }
  const stuck = open.findIndex((count) => count > 0);
  return stuck === -1 ? null : { circle: circleFrom(stuck, waitsFor, open).map((index) => steps[index].name) };
}

/** Every node that was not reached waits for another such node: going from one to the next ends in a circle. */
function circleFrom(start: number, waitsFor: readonly ReadonlySet<number>[], open: readonly number[]): number[] {
  const path: number[] = [];
  const at = new Map<number, number>();
  for (let index = start; !at.has(index);) {
    at.set(index, path.length);
    path.push(index);
    const next = [...waitsFor[index]].find((maker) => open[maker] > 0);
    if (next === undefined) return path;
    index = next;
    const again = at.get(index);
    if (again !== undefined) return path.slice(again);
  }
  return path;
}
