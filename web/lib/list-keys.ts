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

/** The cell an arrow key leads to in a grid of `columns` × `rows` (row-major), or null when the key means nothing here. */
export function cellForKey(key: string, active: number | null, columns: number, rows: number): number | null {
  const isMove = ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'Home', 'End'].includes(key);
  if (!isMove || columns * rows === 0) return null;
  if (active === null) return 0;
  const x = active % columns;
  const y = Math.floor(active / columns);
  const at = (column: number, row: number): number =>
    Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column));
  switch (key) {
    case 'ArrowRight':
      return at(x + 1, y);
    case 'ArrowLeft':
      return at(x - 1, y);
    case 'ArrowDown':
      return at(x, y + 1);
    case 'ArrowUp':
      return at(x, y - 1);
    case 'Home':
      return at(0, y);
    default:
      return at(columns - 1, y);
  }
}
