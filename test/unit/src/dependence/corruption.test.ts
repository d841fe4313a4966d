// Corruptions of a model's image: which stream each draws from, ranges, and that the picture's size stays.
import { describe, expect, test } from 'vitest';
import { corruptImage } from '../../../../src/dependence/corruption';
import { CORRUPTIONS, type CorruptionKind } from '../../../../src/dependence/corruptions';
import { openStream } from '../../../../src/math/streams';
import { randomImage, randomPicture } from '../../../fakes/jobs';
import type { ToyImage } from '../../../fakes/toy-image';
import { faultOf } from '../../../faults';

const KINDS = Object.keys(CORRUPTIONS) as CorruptionKind[];
const image = randomImage();

function corrupted(kind: CorruptionKind, strength: number, draw = 0, other = randomPicture(50, 70, 9)): ToyImage {
  return corruptImage(image, { kind, strength }, { draw, random: (stream) => openStream(7, stream), other }) as ToyImage;
}

describe.each(KINDS)('%s', (kind) => {
  const { most, random } = CORRUPTIONS[kind];

  test('changes the picture, keeps its size, and does nothing at strength 0', () => {
    const { width, height, tiles, values } = corrupted(kind, most / 2);
    expect({ width, height, tiles }).toEqual({ width: image.width, height: image.height, tiles: image.tiles });
    expect(values).not.toEqual((image as ToyImage).values);
    expect(corrupted(kind, 0).values).toEqual((image as ToyImage).values);
  });

  test('is the same for the same draw, and differs from draw to draw where chance plays a part', () => {
    expect(corrupted(kind, most / 2).values).toEqual(corrupted(kind, most / 2).values);
    const [first, second] = [corrupted(kind, most / 2).values, corrupted(kind, most / 2, 1).values];
    const same = second.every((value, i) => value === first[i]);
    expect(same).toBe(!random);
  });

  test.each([-0.1, most + 0.1, NaN])('refuses a strength of %s', (strength) => {
    expect(faultOf(() => corrupted(kind, strength)).action).toContain(`0 to ${most}`);
  });
});

test('plain grey and another picture leave nothing of the picture at strength 1', () => {
  expect(new Set(corrupted('grey', 1).picture.data)).toEqual(new Set([128]));
  const plain = { width: 3, height: 3, data: new Uint8Array(27).fill(40) };
  expect(new Set(corrupted('other', 1, 0, plain).picture.data)).toEqual(new Set([40]));
});

test('another picture must be there', () => {
  const error = faultOf(() => corruptImage(image, { kind: 'other', strength: 1 }, { draw: 0, random: (stream) => openStream(1, stream) }));
  expect(error.message).toContain('no other picture');
});
