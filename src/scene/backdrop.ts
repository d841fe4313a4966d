// The colour of a scene's background at a point.
import type { Scene } from './scene';
import { BACKGROUNDS, named, type Rgb } from './world';

/** The background's colour at the middle of pixel (column, row), each channel 0..255, not rounded. */
export function backdropAt(scene: Pick<Scene, 'background' | 'width' | 'height'>, column: number, row: number): Rgb {
  const spec = named(BACKGROUNDS, scene.background);
  const mix = mixAt(spec, column + 0.5, row + 0.5, scene);
  const channel = (index: 0 | 1 | 2) => spec.from[index] + mix * (spec.to[index] - spec.from[index]);
  return [channel(0), channel(1), channel(2)];
}

function mixAt(spec: (typeof BACKGROUNDS)[number], x: number, y: number, { width, height }: Pick<Scene, 'width' | 'height'>): number {
  const turn = (spec.angle * Math.PI) / 180;
  const [dx, dy] = [Math.cos(turn), Math.sin(turn)];
  const along = x * dx + y * dy;
  switch (spec.kind) {
    case 'plain':
      return 0;
    case 'checks':
      return (Math.floor(x / spec.period) + Math.floor(y / spec.period)) % 2;
    case 'stripes':
      return Math.floor((2 * along) / spec.period) % 2;
    case 'gradient':
      return along / (width * Math.abs(dx) + height * Math.abs(dy));
  }
}
