// Finds a number that is not finite, so that it is reported and never drawn.

/** The place of the first number in `value` that is not finite, as "latents.0.drift"; null when all are. */
export function findNonFinite(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : '';
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, entry] of Object.entries(value)) {
    const inside = findNonFinite(entry);
    if (inside !== null) return inside === '' ? key : `${key}.${inside}`;
  }
  return null;
}
