// Which image tokens a latent step inserts.
import type { Random } from '../../math/random';
import { topIndices } from '../../math/stats';
import type { InterleavedLatent } from '../../model/interleaved-latent';
import type { IvtlrOwnSettings } from './fields';

/** Image tokens that a step may not choose, by what the steps before it chose. */
export function barredPatches(before: readonly (readonly number[])[], reuse: InterleavedLatent['reuse']): ReadonlySet<number> {
  if (reuse === 'always') return new Set();
  return new Set((reuse === 'never' ? before : before.slice(-1)).flat());
}

/**
 * The image tokens of one step: of those that are not barred the `count` with the largest attention (ties: the lower index), or as many
 * drawn evenly, in the order in which they were drawn. Fewer where fewer are left.
 * @param attention [image tokens]
 */
export function choosePatches(
  attention: ArrayLike<number>,
  barred: ReadonlySet<number>,
  count: number,
  choice: IvtlrOwnSettings['patchChoice'],
  random: () => Random,
): readonly number[] {
  if (choice !== 'random') return topIndices(attention, count, barred);
  const numbers = random();
  const left = Array.from({ length: attention.length }, (_, index) => index).filter((index) => !barred.has(index));
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(numbers.uniform() * left.length), 1)[0]);
}
