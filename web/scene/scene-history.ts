// What can be done to a scene, as pure steps with undo and redo.
import { randomScene } from '../../src/scene/random-scene';
import { MAX_OBJECTS, type Scene, type SceneObject } from '../../src/scene/scene';
import { placeFreely, settled, type Look } from './scene';

export interface SceneHistory {
  readonly past: readonly Scene[];
  readonly scene: Scene;
  readonly future: readonly Scene[];
  /** Index of the selected object. */
  readonly selected: number | null;
  /** Changes of one kind to one object in a row are one step of undo; this names the kind. */
  readonly gesture: string | null;
}

export type SceneAction =
  | { readonly type: 'add'; readonly look: Look }
  | { readonly type: 'select'; readonly index: number | null }
  | { readonly type: 'move'; readonly index: number; readonly x: number; readonly y: number }
  | { readonly type: 'change'; readonly index: number; readonly change: Partial<Look> }
  | { readonly type: 'remove'; readonly index: number }
  | { readonly type: 'picture'; readonly change: Partial<Pick<Scene, 'width' | 'height' | 'background'>> }
  | { readonly type: 'random'; readonly seed: number }
  | { readonly type: 'clear' }
  | { readonly type: 'settle' }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' };

const MOST_PAST = 100;

export function startHistory(scene: Scene): SceneHistory {
  return { past: [], scene, future: [], selected: null, gesture: null };
}

function write(history: SceneHistory, scene: Scene, selected: number | null, gesture: string | null = null): SceneHistory {
  const past = gesture !== null && gesture === history.gesture ? history.past : [...history.past, history.scene].slice(-MOST_PAST);
  return { past, scene, future: [], selected, gesture };
}

function replace(scene: Scene, index: number, thing: SceneObject): Scene {
  return { ...scene, objects: scene.objects.map((one, i) => (i === index ? settled(scene, thing) : one)) };
}

/** The history after an action; an action that means nothing now (undo of nothing, one object too many) leaves it as it is. */
export function editScene(history: SceneHistory, action: SceneAction): SceneHistory {
  const { scene, past, future, selected } = history;
  switch (action.type) {
    case 'add': {
      if (scene.objects.length >= MAX_OBJECTS) return history;
      const objects = [...scene.objects, placeFreely(scene, action.look)];
      return write(history, { ...scene, objects }, objects.length - 1);
    }
    case 'select':
      return { ...history, selected: action.index, gesture: null };
    case 'move': {
      const thing = scene.objects[action.index];
      if (!thing) return history;
      return write(history, replace(scene, action.index, { ...thing, x: action.x, y: action.y }), action.index, `move ${action.index}`);
    }
    case 'change': {
      const thing = scene.objects[action.index];
      if (!thing) return history;
      const kind = `${Object.keys(action.change).join()} ${action.index}`;
      return write(history, replace(scene, action.index, { ...thing, ...action.change }), action.index, kind);
    }
    case 'remove': {
      if (!scene.objects[action.index]) return history;
      const objects = scene.objects.filter((_, i) => i !== action.index);
      const next = objects.length === 0 || selected === null ? null : Math.min(action.index, objects.length - 1);
      return write(history, { ...scene, objects }, next);
    }
    case 'picture': {
      const changed = { ...scene, ...action.change };
      const objects = changed.objects.map((thing) => settled(changed, thing));
      return write(history, { ...changed, objects }, selected);
    }
    case 'random':
      return write(history, randomScene(action.seed), null);
    case 'clear':
      return write(history, { ...scene, objects: [] }, null);
    case 'settle':
      return { ...history, gesture: null };
    case 'undo':
      return past.length === 0
        ? history
        : { past: past.slice(0, -1), scene: past[past.length - 1], future: [scene, ...future], selected: null, gesture: null };
    case 'redo':
      return future.length === 0
        ? history
        : { past: [...past, scene], scene: future[0], future: future.slice(1), selected: null, gesture: null };
  }
}
