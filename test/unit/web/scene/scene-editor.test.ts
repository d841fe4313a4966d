// The scene editor without its page: undo, redo, free places, and backgrounds as the data set's generator draws them.
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { reachOf, tooClose } from '../../../../src/scene/geometry';
import { randomScene } from '../../../../src/scene/random-scene';
import { MAX_OBJECTS, sceneSchema } from '../../../../src/scene/scene';
import { addGrain, backdropPixels } from '../../../../web/scene/draw-scene';
import { FIRST_SCENE, fullName, placeFreely, type Look } from '../../../../web/scene/scene';
import { editScene, startHistory, type SceneAction, type SceneHistory } from '../../../../web/scene/scene-history';

const look: Look = { shape: 'heart', colour: 'purple', size: 'small', fill: 'outline', rotation: 5 };
const run = (...actions: readonly SceneAction[]): SceneHistory => actions.reduce(editScene, startHistory(FIRST_SCENE));

describe('editScene', () => {
  it('adds an object at a free place and selects it', () => {
    const { scene, selected } = run({ type: 'add', look });
    const index = FIRST_SCENE.objects.length;
    expect(selected).toBe(index);
    expect(fullName(scene.objects[index])).toBe('small outlined purple heart');
    for (const other of FIRST_SCENE.objects) expect(tooClose(scene, scene.objects[index], other)).toBe(false);
  });
  it('stops adding at the most objects a scene may have', () => {
    const adds = Array.from({ length: MAX_OBJECTS + 3 }, (): SceneAction => ({ type: 'add', look }));
    expect(run(...adds).scene.objects).toHaveLength(MAX_OBJECTS);
  });
  it('keeps a moved object inside the picture', () => {
    const { scene } = run({ type: 'move', index: 0, x: -500, y: 9000 });
    const [thing] = scene.objects;
    expect(thing.x).toBeCloseTo(reachOf(scene, thing), 0);
    expect(thing.y).toBeCloseTo(scene.height - reachOf(scene, thing), 0);
  });
  it('undoes a whole drag at once, and two drags one by one', () => {
    const drag: SceneAction[] = [60, 70, 80].map((x) => ({ type: 'move', index: 0, x, y: 100 }));
    const once = run(...drag);
    expect(once.past).toHaveLength(1);
    expect(editScene(once, { type: 'undo' }).scene).toEqual(FIRST_SCENE);
    expect(run(...drag, { type: 'settle' }, ...drag).past).toHaveLength(2);
  });
  it('selects the next object when one is deleted, and none when the last is gone', () => {
    expect(run({ type: 'select', index: 4 }, { type: 'remove', index: 4 }).selected).toBe(3);
    const all = FIRST_SCENE.objects.map((): SceneAction => ({ type: 'remove', index: 0 }));
    expect(run({ type: 'select', index: 0 }, ...all).selected).toBeNull();
  });
  it('any actions leave a valid scene, and undoing all of them leads back', () => {
    const index = fc.integer({ min: 0, max: MAX_OBJECTS });
    const action: fc.Arbitrary<SceneAction> = fc.oneof(
      fc.constant<SceneAction>({ type: 'add', look }),
      fc.record({
        type: fc.constant('move' as const),
        index,
        x: fc.integer({ min: -50, max: 400 }),
        y: fc.integer({ min: -50, max: 400 }),
      }),
      fc.record({ type: fc.constant('remove' as const), index }),
      fc.record({
        type: fc.constant('change' as const),
        index,
        change: fc.constantFrom({ size: 'large' }, { colour: 'black' }, { rotation: -15 }),
      }),
      fc.record({
        type: fc.constant('picture' as const),
        change: fc.constantFrom({ width: 168 }, { height: 280 }, { background: 'checks' }),
      }),
      fc.record({ type: fc.constant('random' as const), seed: fc.nat(999) }),
      fc.constant<SceneAction>({ type: 'undo' }),
      fc.constant<SceneAction>({ type: 'redo' }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        let history = run(...actions);
        expect(v.parse(sceneSchema, history.scene)).toEqual(history.scene);
        while (history.past.length > 0) history = editScene(history, { type: 'undo' });
        expect(history.scene).toEqual(FIRST_SCENE);
      }),
      { numRuns: 40 },
    );
  });
});

describe('placeFreely', () => {
  it('takes the middle of an empty scene, and of one that is full', () => {
    const empty = { ...FIRST_SCENE, objects: [] };
    expect(placeFreely(empty, look)).toMatchObject({ x: 126, y: 98 });
    const crowd = Array.from({ length: 12 }, (_, i) => ({ ...look, size: 'large', x: 50 + 50 * (i % 4), y: 50 + 48 * Math.floor(i / 4) }));
    const full = { ...empty, scale: 2, objects: crowd };
    expect(placeFreely(full, { ...look, size: 'large' })).toMatchObject({ x: 126, y: 98 });
  });
});

// Sum of all channel values of a 196 x 168 background, and three of its pixels: (0, 0), (195, 167), (37, 100), as drawn by
// models/recipes/world/draw.py (backdrop, rounded).
const GENERATOR: Record<string, readonly [number, readonly number[], readonly number[], readonly number[]]> = {
  white: [24696000, [250, 250, 250], [250, 250, 250], [250, 250, 250]],
  grey: [21600768, [216, 218, 222], [216, 218, 222], [216, 218, 222]],
  cream: [23181312, [246, 238, 220], [246, 238, 220], [246, 238, 220]],
  sky: [22292256, [226, 238, 252], [190, 212, 236], [204, 222, 242]],
  rose: [22588608, [252, 236, 236], [226, 208, 214], [247, 231, 232]],
  mint: [22522752, [236, 250, 240], [204, 226, 212], [224, 241, 229]],
  stripes: [22859028, [240, 240, 236], [240, 240, 236], [222, 224, 226]],
  checks: [22885696, [238, 238, 242], [220, 222, 230], [238, 238, 242]],
};

describe('backdropPixels', () => {
  it.each(Object.entries(GENERATOR))('%s is what the generator draws', (background, [sum, ...places]) => {
    const pixels = backdropPixels({ background, width: 196, height: 168 });
    const at = (x: number, y: number): number[] => [...pixels.slice((y * 196 + x) * 4, (y * 196 + x) * 4 + 3)];
    expect([at(0, 0), at(195, 167), at(37, 100)]).toEqual(places);
    let total = 0;
    for (let i = 0; i < pixels.length; i++) if (i % 4 !== 3) total += pixels[i];
    // A pixel on the edge of a stripe may fall on either side of it in 32-bit arithmetic.
    expect(Math.abs(total - sum) / sum).toBeLessThan(2e-4);
  });
});

describe('addGrain', () => {
  it('has the strength the scene asks for, leaves opacity alone, and is the same every time', () => {
    const make = (): Uint8ClampedArray => {
      const pixels = new Uint8ClampedArray(100 * 100 * 4).fill(128);
      addGrain(pixels, { noise: 6, seed: 5 });
      return pixels;
    };
    const pixels = make();
    const ink = pixels.filter((_, i) => i % 4 !== 3);
    const variance = ink.reduce((sum, value) => sum + (value - 128) ** 2, 0) / ink.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(5.8);
    expect(Math.sqrt(variance)).toBeLessThan(6.2);
    expect(pixels.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 128)).toBe(true);
    expect(make()).toEqual(pixels);
  });
});

describe('random scenes in the editor', () => {
  it('are valid and leave their grain to the picture', () => {
    for (let seed = 0; seed < 20; seed++) expect(v.parse(sceneSchema, randomScene(seed)).objects.length).toBeGreaterThanOrEqual(2);
  });
});
