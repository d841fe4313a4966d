// The objects of the scene as a list: what a screen reader reads, and a second way to select and delete.
import { X } from 'lucide-react';
import type { Dispatch } from 'react';
import type { Scene } from '../../src/scene/scene';
import { COLOURS, FILLS, named } from '../../src/scene/world';
import { sceneText } from '../strings/scene';
import { fullName } from './scene';
import type { SceneAction } from './scene-history';
import styles from './ObjectList.module.css';
import { ShapeIcon } from './ShapeIcon';

interface Props {
  readonly scene: Scene;
  readonly selected: number | null;
  readonly dispatch: Dispatch<SceneAction>;
}

export function ObjectList({ scene, selected, dispatch }: Props) {
  if (scene.objects.length === 0) return <p className="note">{sceneText.none}</p>;
  return (
    <ul className={styles.objects} aria-label={sceneText.list}>
      {scene.objects.map((thing, index) => (
        // Objects may be alike in all; their place in the order of drawing tells them apart.
        <li key={[index, scene.objects.length].join('/')} data-on={index === selected}>
          <button
            type="button"
            aria-pressed={index === selected}
            aria-label={sceneText.select(fullName(thing))}
            onClick={() => dispatch({ type: 'select', index: index === selected ? null : index })}
          >
            <span style={{ color: `rgb(${named(COLOURS, thing.colour).rgb.join(' ')})` }}>
              <ShapeIcon shape={thing.shape} outlined={named(FILLS, thing.fill).innerScale > 0} />
            </span>
            {fullName(thing)}
          </button>
          <button
            type="button"
            className={styles.removeOne}
            aria-label={sceneText.removeObject(fullName(thing))}
            onClick={() => dispatch({ type: 'remove', index })}
          >
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
