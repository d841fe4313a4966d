// Which keys move along a list of things and by how much; every list of the run views moves the same way.

/**
 * The index a key leads to in a list of `count`, or null when the key means nothing here.
 * `active` null is "nowhere yet": the first move lands on an end.
 */
export function indexForKey(key: string, active: number | null, count: number, page = 10): number | null {
  if (count === 0) return null;
  const last = count - 1;
  const moved = (by: number): number => {
    if (active === null) return by > 0 ? 0 : last;
    return Math.min(last, Math.max(0, active + by));
  };
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return moved(1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return moved(-1);
    case 'PageDown':
      return moved(page);
    case 'PageUp':
      return moved(-page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}
