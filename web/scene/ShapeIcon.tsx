// A shape of the world as a small icon, from the same vertices the pictures are drawn with.
import { named, SHAPES } from '../../src/scene/world';

/** Fills its square in the current colour. */
export function ShapeIcon({ shape, outlined = false }: { readonly shape: string; readonly outlined?: boolean }) {
  const { kind, vertices } = named(SHAPES, shape);
  const paint = outlined ? { fill: 'none', stroke: 'currentColor', strokeWidth: 0.36 } : { fill: 'currentColor' };
  return (
    <svg viewBox="-1.2 -1.2 2.4 2.4" width="20" height="20" aria-hidden="true">
      {kind === 'disc' ? <circle r="1" {...paint} /> : <polygon points={vertices.map((vertex) => vertex.join(',')).join(' ')} {...paint} />}
    </svg>
  );
}
