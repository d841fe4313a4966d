// The scene editor: shapes of the embedded model's world, placed by hand, given on as a picture with questions.
import { Redo2, Undo2 } from 'lucide-react';
import { useEffect, useId, useMemo, useReducer, useState, type KeyboardEvent } from 'react';
import type { PixelRect } from '../../src/image/tiles';
import { boxOf, rectOf } from '../../src/scene/geometry';
import { suggestQuestions, type SceneQuestion } from '../../src/scene/questions';
import { MAX_OBJECTS, type Scene } from '../../src/scene/scene';
import { SHAPES } from '../../src/scene/world';
import { sceneText } from '../strings/scene';
import { scenePng } from './draw-scene';
import { ObjectList } from './ObjectList';
import { ObjectPanel } from './ObjectPanel';
import { PicturePanel } from './PicturePanel';
import { FIRST_SCENE, type Look } from './scene';
import { editScene, startHistory } from './scene-history';
import styles from './SceneEditor.module.css';
import { SceneStage } from './SceneStage';
import { ShapeIcon } from './ShapeIcon';

interface Props {
  /** Takes the picture as PNG, questions the scene answers (the chosen one first), and where its objects stand. */
  readonly onUse: (picture: Blob, questions: readonly SceneQuestion[], boxes: readonly PixelRect[]) => void;
}

const QUESTION_SEED = 1;
const FIRST_LOOK: Look = { shape: 'star', colour: 'red', size: 'large', fill: 'solid', rotation: 0 };

/** The scene on which the editor was last left; it opens with that again. */
let kept: Scene | null = null;

export function SceneEditor({ onUse }: Props) {
  const [history, dispatch] = useReducer(editScene, null, () => startHistory(kept ?? FIRST_SCENE));
  const { scene, selected, past, future } = history;
  const [brush, setBrush] = useState<Look>(FIRST_LOOK);
  const [chosen, setChosen] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const name = useId();
  const thing = selected === null ? undefined : scene.objects[selected];
  const questions = useMemo(() => (scene.objects.length === 0 ? [] : suggestQuestions(scene, QUESTION_SEED, 6)), [scene]);
  const question = questions.find((one) => one.question === chosen) ?? questions[0];
  const isFull = scene.objects.length >= MAX_OBJECTS;
  useEffect(() => {
    kept = scene;
  }, [scene]);

  const change = (part: Partial<Look>): void => {
    if (selected === null) setBrush({ ...brush, ...part });
    else dispatch({ type: 'change', index: selected, change: part });
  };
  const add = (shape: string): void => {
    const { colour, size, fill } = thing ?? brush;
    dispatch({ type: 'add', look: { colour, size, fill, shape, rotation: 0 } });
  };
  const use = async (): Promise<void> => {
    try {
      const picture = await scenePng(scene);
      const boxes = scene.objects.map((object) => rectOf(boxOf(scene, object)));
      onUse(picture, question === undefined ? [] : [question, ...questions.filter((other) => other !== question)], boxes);
    } catch {
      setFailed(true);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.target instanceof HTMLInputElement) return;
    const key = event.key.toLowerCase();
    if (key === 'z') dispatch({ type: event.shiftKey ? 'redo' : 'undo' });
    else if (key === 'y') dispatch({ type: 'redo' });
    else return;
    event.preventDefault();
  };

  return (
    <div className={styles.editor} onKeyDown={onKeyDown} role="presentation">
      <p className="note">{sceneText.intro}</p>
      <div className={styles.columns}>
        <div className={styles.left}>
          <div className={styles.tools} role="toolbar" aria-label={sceneText.add}>
            <span>{sceneText.add}</span>
            {SHAPES.map((shape) => (
              <button
                key={shape.name}
                type="button"
                className="button button-icon"
                disabled={isFull}
                title={isFull ? sceneText.full : sceneText.addShape(shape.name)}
                aria-label={sceneText.addShape(shape.name)}
                onClick={() => add(shape.name)}
              >
                <ShapeIcon shape={shape.name} />
              </button>
            ))}
            <span className={styles.gap} />
            <button
              type="button"
              className="button button-quiet button-icon"
              disabled={past.length === 0}
              aria-label={sceneText.undo}
              title={sceneText.undo}
              onClick={() => dispatch({ type: 'undo' })}
            >
              <Undo2 size={17} aria-hidden />
            </button>
            <button
              type="button"
              className="button button-quiet button-icon"
              disabled={future.length === 0}
              aria-label={sceneText.redo}
              title={sceneText.redo}
              onClick={() => dispatch({ type: 'redo' })}
            >
              <Redo2 size={17} aria-hidden />
            </button>
          </div>
          <SceneStage scene={scene} selected={selected} dispatch={dispatch} />
          <ObjectList scene={scene} selected={selected} dispatch={dispatch} />
        </div>
        <div className={styles.right}>
          <ObjectPanel
            look={thing ?? brush}
            isSelected={thing !== undefined}
            onChange={change}
            onRemove={() => selected !== null && dispatch({ type: 'remove', index: selected })}
          />
          <PicturePanel scene={scene} dispatch={dispatch} />
          <fieldset className={styles.questions}>
            <legend>{sceneText.questions}</legend>
            {questions.length === 0 && <p className="note">{sceneText.noQuestions}</p>}
            {questions.map((one) => (
              <label key={one.question}>
                <input type="radio" name={name} checked={one === question} onChange={() => setChosen(one.question)} />
                {one.question}
              </label>
            ))}
          </fieldset>
        </div>
      </div>
      <footer className={styles.foot}>
        {failed && (
          <p className="problem" role="alert">
            {sceneText.failed}
          </p>
        )}
        <button type="button" className="button button-primary" onClick={() => void use()}>
          {sceneText.use}
        </button>
      </footer>
    </div>
  );
}
