// Draws a scene on a canvas as the data set's generator draws it: the same backgrounds, the same outlines, grain of the same strength.
import { createRandom } from '../../src/math/random';
import { backdropAt } from '../../src/scene/backdrop';
import { holeOf, outlineOf, type Outline } from '../../src/scene/geometry';
import type { Scene, SceneObject } from '../../src/scene/scene';
import { COLOURS, named } from '../../src/scene/world';

/** RGBA bytes [height * width * 4] of a scene's background. */
export function backdropPixels(scene: Pick<Scene, 'background' | 'width' | 'height'>): Uint8ClampedArray {
  const { width, height } = scene;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      // The clamped array rounds halves to even, as the generator does.
      pixels.set([...backdropAt(scene, column, row), 255], (row * width + column) * 4);
    }
  }
  return pixels;
}

/** Adds the scene's grain to RGBA bytes: normal noise on every channel, seeded by the scene. */
export function addGrain(pixels: Uint8ClampedArray, { noise, seed }: Pick<Scene, 'noise' | 'seed'>): void {
  if (noise <= 0) return;
  const random = createRandom(seed);
  for (let i = 0; i < pixels.length; i++) if (i % 4 !== 3) pixels[i] += noise * random.normal();
}

type Path = Pick<CanvasRenderingContext2D, 'moveTo' | 'lineTo' | 'arc' | 'closePath'>;

function trace(path: Path, thing: SceneObject, { points, radius }: Outline): void {
  if (points === null) {
    path.moveTo(thing.x + radius, thing.y);
    path.arc(thing.x, thing.y, radius, 0, 2 * Math.PI);
  } else {
    points.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  }
  path.closePath();
}

/** Draws a scene without its grain; `zoom` pixels of the canvas are one pixel of the scene. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene, zoom = 1): void {
  const backdrop = document.createElement('canvas');
  backdrop.width = scene.width;
  backdrop.height = scene.height;
  const image = new ImageData(scene.width, scene.height);
  image.data.set(backdropPixels(scene));
  backdrop.getContext('2d')?.putImageData(image, 0, 0);
  context.setTransform(zoom, 0, 0, zoom, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(backdrop, 0, 0);
  for (const thing of scene.objects) {
    const hole = holeOf(scene, thing);
    context.beginPath();
    trace(context, thing, outlineOf(scene, thing));
    if (hole) trace(context, thing, hole);
    context.fillStyle = `rgb(${named(COLOURS, thing.colour).rgb.join(' ')})`;
    // What lies behind an outline shows through its hole.
    context.fill('evenodd');
  }
}

/** The scene at its own size as a PNG, grain included. */
export async function scenePng(scene: Scene): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = scene.width;
  canvas.height = scene.height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no canvas to draw on.');
  drawScene(context, scene);
  if (scene.noise > 0) {
    const image = context.getImageData(0, 0, scene.width, scene.height);
    addGrain(image.data, scene);
    context.putImageData(image, 0, 0);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The scene could not be written as PNG.'))), 'image/png');
  });
}
