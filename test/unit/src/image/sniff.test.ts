// Picture files by their bytes: what is opened, what is refused in words, and that nothing too large is ever decoded.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EngineFault, type EngineError } from '../../../../src/errors';
import { MOST_BYTES, MOST_PIXELS } from '../../../../src/image/limits';
import { checkBytes, sniffImage } from '../../../../src/image/sniff';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const u32 = (value: number): string => String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const u16le = (value: number): string => String.fromCharCode(value & 255, value >>> 8);
const u32le = (value: number): string => u16le(value & 65_535) + u16le(value >>> 16);

const png = (width: number, height: number) => latin1(`\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR${u32(width)}${u32(height)}`);
/** A JPEG whose frame header stands behind `before` bytes of a preview. */
const jpeg = (width: number, height: number, before = 0) => {
  const sides = u32((height << 16) | width);
  const preview = before === 0 ? '' : `\xff\xe1${u32(before + 2).slice(2)}${'\0'.repeat(before)}`;
  return latin1(`\xff\xd8${preview || '\xff\xe0\0\x04JF'}\xff\xc0\0\x11\x08${sides}\x03${'\0'.repeat(12)}`);
};
/** An ISO media file with these brands and, where given, sizes of images. */
const container = (brands: string, sizes: readonly (readonly [number, number])[] = []) =>
  latin1(
    `${u32(brands.length + 12)}ftyp${brands.slice(0, 4)}\0\0\0\0${brands.slice(4)}${sizes.map(([w, h]) => `\0\0\0\x14ispe\0\0\0\0${u32(w)}${u32(h)}`).join('')}`,
  );

function refused(work: () => unknown): EngineError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof EngineFault) return thrown.value;
    throw thrown;
  }
  throw new Error('it was taken');
}

describe('format and size', () => {
  test.each([
    ['image/png', [640, 480], png(640, 480)],
    ['image/jpeg', [640, 480], jpeg(640, 480)],
    ['image/jpeg', [640, 480], jpeg(640, 480, 60_000)],
    ['image/gif', [640, 480], latin1(`GIF89a${u16le(640)}${u16le(480)}`)],
    ['image/bmp', [640, 480], latin1(`BM${'\0'.repeat(12)}${u32le(40)}${u32le(640)}${u32le(-480 >>> 0)}`)],
    ['image/bmp', [640, 480], latin1(`BM${'\0'.repeat(12)}${u32le(12)}${u16le(640)}${u16le(480)}\0\0\0\0`)],
    ['image/webp', [640, 480], latin1(`RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0${u32le(639).slice(0, 3)}${u32le(479).slice(0, 3)}`)],
    ['image/webp', [640, 480], latin1(`RIFF\0\0\0\0WEBPVP8 ${'\0'.repeat(10)}${u16le(640)}${u16le(480)}`)],
    ['image/webp', [640, 480], latin1(`RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f${u32le((479 << 14) | 639)}${'\0'.repeat(9)}`)],
    ['image/avif', [640, 480], container('avifmif1', [[640, 480]])],
    [
      'image/avif',
      [640, 480],
      container('mif1avif', [
        [320, 240],
        [640, 480],
      ]),
    ],
  ])('%s %j', (type, [width, height], bytes) => {
    expect(sniffImage(bytes, 'a')).toMatchObject({ type, size: { width, height } });
  });

  test.each([
    ['a HEIC picture', container('heicmif1')],
    ['a HEIC picture', container('mif1heic')],
    ['a video', container('isommp42')],
    ['a video', container('mif')],
    ['a PDF', latin1('%PDF-1.7')],
    ['a text file', latin1('GIF8 is a format')],
    ['of an unknown kind', latin1('\0\x01\x02')],
  ])('refuses %s', (what, bytes) => {
    expect(refused(() => sniffImage(bytes, 'holiday'))).toMatchObject({
      code: 'BAD_IMAGE',
      message: expect.stringContaining(`holiday is ${what}`) as string,
    });
  });
});

describe('limits', () => {
  test('are the same for every format that names its size, and told from the header alone', () => {
    expect(sniffImage(png(10_000, 10_000), 'a').size).toEqual({ width: 10_000, height: 10_000 });
    for (const bytes of [
      png(20_000, 20_000),
      png(10_001, 10_000),
      png(0xffffffff, 0xffffffff),
      jpeg(20_000, 20_000, 60_000),
      latin1(`GIF89a${u16le(65_535)}${u16le(65_535)}`),
      container('avif', [
        [64, 64],
        [20_000, 20_000],
      ]),
    ]) {
      expect(refused(() => sniffImage(bytes, 'wall')).message).toMatch(/^wall is \d+ x \d+ pixels; .* 100 million/);
    }
    expect(MOST_PIXELS).toBe(100_000_000);
  });

  test('hold for files too', () => {
    expect(() => checkBytes(MOST_BYTES, 'a')).not.toThrow();
    expect(refused(() => checkBytes(MOST_BYTES + 1, 'a')).message).toBe('a has 51 MB.');
    expect(refused(() => sniffImage(new Uint8Array(MOST_BYTES + 1), 'a')).message).toBe('a has 51 MB.');
    expect(refused(() => sniffImage(new Uint8Array(), 'a')).message).toBe('a is empty.');
  });

  test('any bytes are told or refused, never a crash', () => {
    const heads = [
      '',
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'GIF89a',
      'RIFF....WEBPVP8X',
      'RIFF....WEBPVP8L',
      'BM',
      '\0\0\0\x18ftypavif',
      '\0\0\0\0ftyp',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 60 }), (head, rest) => {
        try {
          return sniffImage(Uint8Array.of(...latin1(head), ...rest), 'a').type.startsWith('image/');
        } catch (thrown) {
          return thrown instanceof EngineFault && thrown.value.code === 'BAD_IMAGE';
        }
      }),
      { numRuns: 500 },
    );
  });
});
