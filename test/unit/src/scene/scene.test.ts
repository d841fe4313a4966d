// Scenes: reading them, their geometry, random ones, and the questions suggested about them.
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { backdropAt } from '../../../../src/scene/backdrop';
import { directlyBeside, extremeOf, nearestTo, sideOf } from '../../../../src/scene/facts';
import { boxOf, holeOf, keptInside, outlineOf, radiusOf, reachOf, tooClose } from '../../../../src/scene/geometry';
import { matching, uniquePhrase, withArticle } from '../../../../src/scene/phrases';
import { suggestQuestions } from '../../../../src/scene/questions';
import { randomScene } from '../../../../src/scene/random-scene';
import { EMPTY_SCENE, MAX_OBJECTS, sceneSchema, type Scene, type SceneObject } from '../../../../src/scene/scene';
import { DIRECTIONS, isHeldOut, named, SHAPES } from '../../../../src/scene/world';

function thing(x: number, y: number, change: Partial<SceneObject> = {}): SceneObject {
  return { shape: 'square', colour: 'blue', size: 'large', fill: 'solid', rotation: 0, x, y, ...change };
}
const sceneOf = (...objects: SceneObject[]): Scene => ({ ...EMPTY_SCENE, objects });
const seeds = fc.integer({ min: 0, max: 4294967295 });
const [left, right, above, below] = DIRECTIONS;

describe('the schema', () => {
  test('takes what it describes', () => {
    const scene = randomScene(3);
    expect(v.parse(sceneSchema, JSON.parse(JSON.stringify(scene)))).toEqual(scene);
  });

  test.each([
    [[], 'width'],
    [{ ...EMPTY_SCENE, width: 200 }, 'width'],
    [{ ...EMPTY_SCENE, width: 28000 }, 'width'],
    [{ ...EMPTY_SCENE, background: 'url(x)' }, 'background'],
    [sceneOf(thing(10, 10, { shape: 'teapot' })), 'objects.0.shape'],
    [sceneOf(thing(10, 10, { colour: '__proto__' })), 'objects.0.colour'],
    [sceneOf(thing(Number.NaN, 10)), 'objects.0.x'],
    [sceneOf(thing(10, 10), thing(240, 10)), 'outside'],
    [sceneOf(...Array.from({ length: MAX_OBJECTS + 1 }, () => thing(9, 9))), 'objects'],
  ])('refuses %j, naming %s', (source, words) => {
    const [issue] = v.safeParse(sceneSchema, source, { abortEarly: true }).issues ?? [];
    expect(issue && `${v.getDotPath(issue)} ${issue.message}`).toContain(words);
  });
});

describe('geometry', () => {
  test('a square turned by a quarter covers the same box', () => {
    const upright = boxOf(EMPTY_SCENE, thing(100, 80));
    const turned = boxOf(EMPTY_SCENE, thing(100, 80, { rotation: 90 }));
    const reach = 0.86 * radiusOf(EMPTY_SCENE, thing(0, 0));
    expect(upright).toEqual({ left: 100 - reach, top: 80 - reach, right: 100 + reach, bottom: 80 + reach });
    for (const side of ['left', 'top', 'right', 'bottom'] as const) expect(turned[side]).toBeCloseTo(upright[side], 9);
  });

  test('a triangle turned clockwise points right', () => {
    const { points } = outlineOf(EMPTY_SCENE, thing(100, 100, { shape: 'triangle', rotation: 90 }));
    expect(points?.[0][0]).toBeGreaterThan(120);
    expect(points?.[0][1]).toBeCloseTo(100, 9);
  });

  test('only outlined objects have a hole, and it lies inside', () => {
    expect(holeOf(EMPTY_SCENE, thing(50, 50))).toBeNull();
    const circle = thing(50, 50, { shape: 'circle', fill: 'outline' });
    expect(holeOf(EMPTY_SCENE, circle)?.radius).toBeCloseTo(0.58 * radiusOf(EMPTY_SCENE, circle), 9);
  });

  test('an object pushed over the border comes back inside', () => {
    const pushed = keptInside(EMPTY_SCENE, thing(-50, 500));
    const reach = reachOf(EMPTY_SCENE, pushed);
    expect([pushed.x, pushed.y]).toEqual([reach, EMPTY_SCENE.height - reach]);
  });
});

describe('facts', () => {
  test('sides, with a margin', () => {
    const scene = sceneOf(thing(50, 50), thing(150, 60));
    expect(sideOf(scene, 0, 1, left)).toBe(true);
    expect(sideOf(scene, 0, 1, right)).toBe(false);
    expect(sideOf(scene, 0, 1, above)).toBeNull();
  });

  test('nearest and directly beside refuse close calls', () => {
    const scene = sceneOf(thing(50, 50), thing(100, 50), thing(50, 160), thing(200, 55));
    expect(nearestTo(scene, 0)).toBe(1);
    expect(directlyBeside(scene, 0, right)).toBe(1);
    expect(directlyBeside(scene, 0, below)).toBe(2);
    expect(directlyBeside(scene, 0, left)).toBeNull();
    expect(nearestTo(sceneOf(thing(50, 50), thing(100, 50), thing(50, 105)), 0)).toBeNull();
    // 45 degrees off: it could be meant by "right of".
    expect(directlyBeside(sceneOf(thing(50, 50), thing(100, 50), thing(82, 82)), 0, right)).toBeNull();
    expect(directlyBeside(sceneOf(thing(50, 50), thing(82, 82)), 0, right)).toBeNull();
  });

  test('extremes', () => {
    const scene = sceneOf(thing(50, 50), thing(55, 150), thing(150, 100, { size: 'small' }));
    expect(extremeOf(scene, 'leftmost')).toBeNull();
    expect(extremeOf(scene, 'bottommost')).toBe(1);
    expect(extremeOf(scene, 'smallest')).toBe(2);
    expect(extremeOf(scene, 'largest')).toBeNull();
    expect(extremeOf(sceneOf(thing(1, 1)), 'leftmost')).toBeNull();
  });
});

test('backgrounds at a pixel', () => {
  expect(backdropAt({ ...EMPTY_SCENE, background: 'cream' }, 7, 9)).toEqual([246, 238, 220]);
  const checks = { ...EMPTY_SCENE, background: 'checks' };
  expect(backdropAt(checks, 0, 0)).toEqual([238, 238, 242]);
  expect(backdropAt(checks, 20, 0)).toEqual([220, 222, 230]);
  expect(backdropAt({ ...EMPTY_SCENE, background: 'sky' }, 0, 223)[0]).toBeCloseTo(226 + (223.5 / 224) * (190 - 226), 6);
});

describe('random scenes', () => {
  test('are allowed, roomy, without twins or kept-back pairs, and the same for the same seed', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom('standard' as const, 'hard' as const), (seed, split) => {
        const scene = randomScene(seed, split);
        expect(randomScene(seed, split)).toEqual(scene);
        expect(v.parse(sceneSchema, scene)).toEqual(scene);
        const [fewest, most] = split === 'standard' ? [2, 5] : [5, 8];
        expect(scene.objects.length).toBeGreaterThanOrEqual(fewest);
        expect(scene.objects.length).toBeLessThanOrEqual(most);
        for (const [i, one] of scene.objects.entries()) {
          expect(isHeldOut(one.shape, one.colour)).toBe(false);
          const box = boxOf(scene, one);
          expect(Math.min(box.left, box.top, scene.width - box.right, scene.height - box.bottom)).toBeGreaterThanOrEqual(0);
          expect(scene.objects.some((other, j) => j !== i && tooClose(scene, one, other))).toBe(false);
          const { shape, colour, size, fill } = one;
          expect(matching(scene, { shape, colour, size, fill })).toEqual([i]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('questions', () => {
  test('are of different families, filled in, and the same for the same seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const scene = randomScene(seed);
        const asked = suggestQuestions(scene, seed, 5);
        expect(suggestQuestions(scene, seed, 5)).toEqual(asked);
        expect(asked).toHaveLength(5);
        expect(new Set(asked.map((item) => item.family)).size).toBe(5);
        for (const { family, question, answer, focus } of asked) {
          expect(focus.every((index) => index in scene.objects)).toBe(true);
          if (family.startsWith('count') || family === 'sum') expect(focus).toHaveLength(Number(answer));
          else if (family !== 'existence' || answer === 'yes') expect(focus).not.toEqual([]);
          if (family === 'two_hop') expect([scene.objects[focus[0]].colour, scene.objects[focus[0]].shape]).toContain(answer);
          expect(question).toMatch(/^[A-Z][^{}]*\?$/);
          expect(question).not.toContain('undefined');
          expect(answer).not.toBe('');
        }
      }),
      { numRuns: 40 },
    );
  });

  test('have the right answers', () => {
    const scene = sceneOf(
      thing(50, 50, { shape: 'star', colour: 'red', size: 'small' }),
      thing(150, 60, { shape: 'circle', colour: 'blue' }),
      thing(60, 170, { shape: 'circle', colour: 'green', fill: 'outline' }),
    );
    const answers = new Map<string, string>();
    for (let seed = 0; seed < 200; seed++) {
      for (const { question, answer } of suggestQuestions(scene, seed, 15)) answers.set(question, answer);
    }
    for (const [question, answer] of [
      ['How many objects are there?', '3'],
      ['How many circles are there?', '2'],
      ['What shape is the red object?', 'star'],
      ['What colour is the star?', 'red'],
      ['Is the green circle solid or outlined?', 'outlined'],
      ['Is there a red circle?', 'no'],
      ['Is there a red star?', 'yes'],
      ['Is the red star left of the blue circle?', 'yes'],
      ['Is the green circle above the blue circle?', 'no'],
      ['Is the red star smaller than the blue circle?', 'yes'],
      ['Are there more circles than stars?', 'yes'],
      ['What is the bottommost object?', 'green circle'],
      ['What colour is the object directly right of the red star?', 'blue'],
      ['How many circles and stars are there in total?', '3'],
    ]) {
      expect([question, answers.get(question)]).toEqual([question, answer]);
    }
  });

  test('of an empty scene there is one', () => {
    expect(suggestQuestions(EMPTY_SCENE, 1, 5)).toMatchObject([{ family: 'count', answer: '0' }]);
  });

  test('phrases name exactly one object, or none is found', () => {
    const twins = sceneOf(thing(50, 50), thing(150, 150), thing(50, 150, { colour: 'red' }));
    expect(uniquePhrase(twins, 0)).toBeNull();
    expect(uniquePhrase(twins, 2)).toBe('red square');
    expect(uniquePhrase(twins, 2, 'colour')).toBeNull();
    expect([withArticle('orange star'), withArticle('red star')]).toEqual(['an orange star', 'a red star']);
  });

  test('the world has the shapes it names', () => {
    expect(named(SHAPES, 'heart').plural).toBe('hearts');
    expect(() => named(SHAPES, 'teapot')).toThrow('no "teapot"');
  });
});
