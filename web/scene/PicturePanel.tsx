// The picture around the objects: background, size, and a random scene by its seed.
import { Dices } from 'lucide-react';
import { useId, useState, type Dispatch } from 'react';
import type { Scene } from '../../src/scene/scene';
import * as world from '../../src/scene/world';
import { sceneText } from '../strings/scene';
import type { SceneAction } from './scene-history';
import styles from './SceneEditor.module.css';
import { Swatches } from './Swatches';

interface Props {
  readonly scene: Scene;
  readonly dispatch: Dispatch<SceneAction>;
}

const BACKGROUNDS = world.BACKGROUNDS.map((background) => background.name);
const MOST_SEED = 9999;
const SIDES = Array.from(
  { length: (world.SIDES.max - world.SIDES.min) / world.SIDES.unit + 1 },
  (_, i) => world.SIDES.min + i * world.SIDES.unit,
);

/** A CSS background that hints at one of the world's. */
function backgroundCss(name: string): string {
  const { kind, from, to, angle } = world.named(world.BACKGROUNDS, name);
  const [a, b] = [`rgb(${from.join(' ')})`, `rgb(${to.join(' ')})`];
  if (kind === 'gradient') return `linear-gradient(${angle + 90}deg, ${a}, ${b})`;
  if (kind === 'stripes') return `repeating-linear-gradient(${angle + 90}deg, ${a} 0 4px, ${b} 4px 8px)`;
  if (kind === 'checks') return `repeating-conic-gradient(${a} 0 25%, ${b} 0 50%) 0 0 / 10px 10px`;
  return a;
}

export function PicturePanel({ scene, dispatch }: Props) {
  const id = useId();
  const [seed, setSeed] = useState('');
  const draw = (next: number): void => {
    setSeed(String(next));
    dispatch({ type: 'random', seed: next });
  };
  return (
    <section className={styles.panel} aria-label={sceneText.background}>
      <Swatches
        legend={sceneText.background}
        value={scene.background}
        options={BACKGROUNDS}
        onChange={(background) => dispatch({ type: 'picture', change: { background } })}
      >
        {(name) => <i style={{ background: backgroundCss(name) }} />}
      </Swatches>
      <div className={styles.pairs}>
        {(['width', 'height'] as const).map((side) => (
          <label key={side} className={styles.side}>
            {sceneText[side]}
            <select
              className="field"
              value={scene[side]}
              onChange={(event) => dispatch({ type: 'picture', change: { [side]: Number(event.target.value) } })}
            >
              {SIDES.map((pixels) => (
                <option key={pixels} value={pixels}>
                  {sceneText.pixels(pixels)}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      <div className={styles.random}>
        <button type="button" className="button" onClick={() => draw(Math.floor(Math.random() * (MOST_SEED + 1)))}>
          <Dices size={16} aria-hidden /> {sceneText.random}
        </button>
        <label htmlFor={id} title={sceneText.seedHelp}>
          {sceneText.seed}
        </label>
        <input
          id={id}
          className="field"
          inputMode="numeric"
          pattern="[0-9]*"
          maxLength={4}
          value={seed}
          onChange={(event) => {
            const digits = event.target.value.replaceAll(/\D/g, '');
            setSeed(digits);
            if (digits !== '') dispatch({ type: 'random', seed: Number(digits) });
          }}
        />
      </div>
    </section>
  );
}
