// Previews of recordings: what a canvas writes is shown, what keeps a decoder busy or is not of its image’s size is not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfDataUrl } from '../../../../src/image/data-url';
import { previewProblem } from '../../../../src/image/preview';

const [WIDTH, HEIGHT] = [112, 84];
const u32 = (value: number): string => String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const png = (width: number, height: number, behind = ''): string =>
  `\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR${u32(width)}${u32(height)}\x08\x02\0\0\0\0\0\0\0${behind}`;
const jpeg = (width: number, height: number, before = ''): string =>
  `\xff\xd8\xff\xe0\0\x04JF${before}\xff\xc0\0\x08\x08${u32(65_536 * height + width)}\0\xff\xd9`;
const problem = (file: string): string | null =>
  previewProblem(`data:image/png;base64,${Buffer.from(file, 'latin1').toString('base64')}`, WIDTH, HEIGHT);

describe('a preview', () => {
  test.each([
    ['a PNG of its image’s size', png(WIDTH, HEIGHT)],
    ['a JPEG of its image’s size', jpeg(WIDTH, HEIGHT)],
    ['one with a profile and notes', jpeg(WIDTH, HEIGHT, '\xff\xe2\0\x04IC'.repeat(20))],
    ['one cut short', png(WIDTH, HEIGHT).slice(0, 8)],
  ])('may be %s', (_, file) => expect(problem(file)).toBeNull());

  test.each([
    ['100,000 empty segments', jpeg(WIDTH, HEIGHT, '\xff\xe1\0\x02'.repeat(100_000)), 'the preview has more than 64 segments'],
    ['a thousand notes', png(WIDTH, HEIGHT, '\0\0\0\0tEXt\0\0\0\0'.repeat(1000)), 'the preview has more than 64 segments'],
    ['30,000 x 30,000 pixels', png(30_000, 30_000), 'the preview has 30000 x 30000 pixels, the picture the model saw 112 x 84'],
    ['fewer pixels than its image', jpeg(10, 10), 'the preview has 10 x 10 pixels, the picture the model saw 112 x 84'],
    ['a column too many', jpeg(WIDTH + 1, HEIGHT), 'the preview has 113 x 84 pixels, the picture the model saw 112 x 84'],
    ['another format under that name', 'RIFF\0\0\0\0WEBPVP8X', 'the preview is neither a PNG nor a JPEG'],
    ['nothing', '', 'the preview is neither a PNG nor a JPEG'],
  ])('may not have %s', (_, file, says) => expect(problem(file)).toBe(says));
});

test('a data URL gives back the bytes it was made of', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(bytesOfDataUrl(`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`)).toEqual(bytes);
    }),
  );
});
