// Finds a number that is not finite or absurdly large, so that it is reported and never drawn.
import { LARGEST_NUMBER } from './bounds';

/** The place of the first number in `value` that is not within +-`LARGEST_NUMBER`, as "latents.0.drift"; null when all are. */
export function findNonFinite(value: unknown): string | null {
  if (typeof value === 'number') return Math.abs(value) <= LARGEST_NUMBER ? null : '';
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, entry] of Object.entries(value)) {
    const inside = findNonFinite(entry);
    if (inside !== null) return inside === '' ? key : `${key}.${inside}`;
  }
  return null;
}
