// The scene on a canvas, with one handle per object that pointer, touch and keyboard move alike.
import { useEffect, useRef, useState, type Dispatch, type KeyboardEvent, type PointerEvent } from 'react';
import { boxOf } from '../../src/scene/geometry';
import type { Scene, SceneObject } from '../../src/scene/scene';
import { useSize } from '../lib/use-size';
import { sceneText } from '../strings/scene';
import styles from './SceneEditor.module.css';
import { drawScene } from './draw-scene';
import { fullName } from './scene';
import type { SceneAction } from './scene-history';

interface Props {
  readonly scene: Scene;
  readonly selected: number | null;
  readonly dispatch: Dispatch<SceneAction>;
}

const STEP = { plain: 1, shift: 10 } as const;
const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function SceneStage({ scene, selected, dispatch }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(frame);
  const zoom = (width / scene.width) * Math.min(2, globalThis.devicePixelRatio || 1);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!canvas.current || !context || zoom <= 0) return;
    canvas.current.width = Math.round(scene.width * zoom);
    canvas.current.height = Math.round(scene.height * zoom);
    drawScene(context, scene, zoom);
  }, [scene, zoom]);
  const thing = selected === null ? undefined : scene.objects[selected];
  return (
    <div
      className={styles.stage}
      style={{
        aspectRatio: `${scene.width} / ${scene.height}`,
        maxInlineSize: `calc(var(--stage-height) * ${scene.width / scene.height})`,
      }}
      ref={frame}
      role="group"
      aria-label={sceneText.stage}
      onPointerDown={(event) => event.target === canvas.current && dispatch({ type: 'select', index: null })}
    >
      <canvas ref={canvas} aria-hidden="true" />
      {scene.objects.map((object, index) => (
        <Handle key={keyOf(scene, index)} scene={scene} object={object} index={index} isSelected={index === selected} dispatch={dispatch} />
      ))}
      <p className="visually-hidden" aria-live="polite">
        {thing && sceneText.moved(fullName(thing), thing.x, thing.y)}
      </p>
    </div>
  );
}

/** Objects have no name of their own; their place in the list, which is also the order of drawing, is it. */
function keyOf(scene: Scene, index: number): string {
  return `${index}/${scene.objects.length}`;
}

interface HandleProps extends Omit<Props, 'selected'> {
  readonly object: SceneObject;
  readonly index: number;
  readonly isSelected: boolean;
}

function Handle({ scene, object, index, isSelected, dispatch }: HandleProps) {
  const [grip, setGrip] = useState<readonly [number, number] | null>(null);
  const box = boxOf(scene, object);
  const across = Math.max(box.right - box.left, box.bottom - box.top);

  const pointAt = (event: PointerEvent<HTMLButtonElement>): readonly [number, number] => {
    const frame = (event.currentTarget.parentElement ?? event.currentTarget).getBoundingClientRect();
    const zoom = scene.width / frame.width;
    return [(event.clientX - frame.left) * zoom, (event.clientY - frame.top) * zoom];
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    if (move && !event.altKey && !event.ctrlKey && !event.metaKey) {
      const step = event.shiftKey ? STEP.shift : STEP.plain;
      dispatch({ type: 'move', index, x: object.x + move[0] * step, y: object.y + move[1] * step });
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      dispatch({ type: 'remove', index });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const letGo = (): void => {
    setGrip(null);
    dispatch({ type: 'settle' });
  };
  return (
    <button
      type="button"
      className={styles.handle}
      aria-pressed={isSelected}
      aria-label={sceneText.object(fullName(object), object.x, object.y)}
      style={{
        insetInlineStart: `${(object.x / scene.width) * 100}%`,
        insetBlockStart: `${(object.y / scene.height) * 100}%`,
        inlineSize: `${(across / scene.width) * 100}%`,
      }}
      onFocus={() => !isSelected && dispatch({ type: 'select', index })}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        const [x, y] = pointAt(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        dispatch({ type: 'select', index });
        setGrip([x - object.x, y - object.y]);
      }}
      onPointerMove={(event) => {
        if (!grip) return;
        const [x, y] = pointAt(event);
        dispatch({ type: 'move', index, x: x - grip[0], y: y - grip[1] });
      }}
      onPointerUp={letGo}
      onPointerCancel={letGo}
    />
  );
}
