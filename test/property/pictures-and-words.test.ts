// Picture geometry, questions and answers, for any input.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { extractAnswer } from '../../src/answer/extract';
import { EngineFault } from '../../src/errors';
import { tokenAt, tokenCount, tokenRect, tokensUnder } from '../../src/image/tiles';
import { smartResize } from '../../models/families/qwen-vl/smart-resize';
import { cleanQuestion } from '../../src/prompt/question';

// Many repetitions: time for a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('pictures', () => {
  test('token → rectangle → token, at any size on screen', () => {
    const side = fc.integer({ min: 1, max: 60 });
    const pixels = fc.double({ min: 1, max: 5000, noNaN: true });
    fc.assert(
      fc.property(side, side, pixels, pixels, fc.nat(), (columns, rows, width, height, any) => {
        const [cell, index] = [28, any % (columns * rows)];
        const whole = { x: 0, y: 0, width: columns * cell, height: rows * cell, columns, rows };
        const grid = { width: whole.width, height: whole.height, tiles: [whole] };
        const rect = tokenRect(grid, index, width, height) ?? { x: NaN, y: NaN, width: NaN, height: NaN };
        expect(tokenAt(grid, rect.x + rect.width / 2, rect.y + rect.height / 2, width, height)).toBe(index);
        expect(rect.x + rect.width).toBeLessThanOrEqual(width * (1 + 1e-12));
        expect(tokenAt(grid, width, 0, width, height)).toBeNull();
      }),
    );
  });

  test('several tiles: tokens are numbered tile by tile, and a point belongs to the first tile that has it', () => {
    const tile = (x: number, y: number) => ({ x, y, width: 64, height: 64, rows: 2, columns: 2 });
    const picture = { width: 128, height: 64, tiles: [tile(0, 0), tile(64, 0), { ...tile(0, 0), width: 128, rows: 1 }] };
    expect(tokenRect(picture, 5, 128, 64)).toEqual({ x: 96, y: 0, width: 32, height: 32 });
    expect(tokenRect(picture, 9, 256, 128)).toEqual({ x: 128, y: 0, width: 128, height: 128 });
    expect(tokenRect(picture, 10, 128, 64)).toBeNull();
    expect(tokenAt(picture, 100, 40, 128, 64)).toBe(7);
    expect(tokenCount(picture.tiles)).toBe(10);
  });

  test('a smart resize is a multiple of the factor and within bounds, unless the picture is very thin', () => {
    const side = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 4, max: 64 }), fc.integer({ min: 128, max: 1280 }), (w, h, min, max) => {
        fc.pre(Math.max(w, h) / Math.min(w, h) <= 10);
        const bounds = { factor: 28, minPixels: min * 784, maxPixels: max * 784 };
        const { width, height } = smartResize(w, h, bounds);
        expect([width % 28, height % 28]).toEqual([0, 0]);
        expect(width * height).toBeGreaterThanOrEqual(bounds.minPixels);
        expect(width * height).toBeLessThanOrEqual(bounds.maxPixels);
      }),
    );
  });
});

describe('words', () => {
  // Every code point, lone surrogates and control characters among them.
  const anyCharacter = fc.oneof(fc.integer({ min: 0, max: 0x2ff }), fc.integer({ min: 0, max: 0x10ffff }));
  const anyText = fc.array(anyCharacter, { maxLength: 40 }).map((codes) => String.fromCodePoint(...codes));

  test('a clean question is clean already', () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        let question: string;
        try {
          question = cleanQuestion(raw);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(EngineFault);
          return;
        }
        expect(cleanQuestion(question)).toBe(question);
        expect(question.isWellFormed()).toBe(true);
      }),
    );
  });

  test('a boxed answer is found in any surroundings that have no other one', () => {
    const plain = fc.string().filter((text) => !/[\\{}<>]/.test(text));
    fc.assert(
      fc.property(plain, plain, plain, (before, answer, after) => {
        expect(extractAnswer(`${before}\\boxed{${answer}}${after}`)).toEqual({ text: answer.trim(), rule: 'boxed' });
      }),
    );
  });
});

test('the tokens under boxes: those a quarter covered, and the one under each middle, at any size the picture is shown at', () => {
  const tile = { x: 0, y: 0, width: 112, height: 56, rows: 2, columns: 4 };
  const picture = { width: 112, height: 56, tiles: [tile] };
  const under = (x: number, y: number, width: number, height: number, scale = 1) =>
    tokensUnder(picture, [{ x: x * scale, y: y * scale, width: width * scale, height: height * scale }], 112 * scale, 56 * scale);
  for (const scale of [1, 3]) {
    expect(under(28, 0, 28, 28, scale)).toEqual([1]);
    expect(under(30, 3, 4, 4, scale)).toEqual([1]);
    expect(under(14, 14, 28, 28, scale)).toEqual([0, 1, 4, 5]);
    expect(under(22, 0, 34, 28, scale)).toEqual([1]);
    expect(under(200, 200, 10, 10, scale)).toEqual([]);
  }
  const boxes = [
    { x: 84, y: 28, width: 28, height: 28 },
    { x: 0, y: 0, width: 28, height: 28 },
  ];
  expect(tokensUnder(picture, boxes, 112, 56)).toEqual([0, 7]);
});
