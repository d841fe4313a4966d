// Picture files as decoders get them: walked once, however many segments, and nothing left in them but pixels and how to turn them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { barePicture } from '../../../../src/image/bare';
import { exifOrientation, uprightSides, uprightTransform, type Orientation } from '../../../../src/image/orientation';
import { MOST_SEGMENTS, segmentsOf } from '../../../../src/image/segments';
import { sniffImage } from '../../../../src/image/sniff';
import fixtures from '../../../fixtures/picture-files.json';
import { faultOf } from '../../../faults';

const latin1 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (character) => character.charCodeAt(0));
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => latin1(atob(text));
const u32 = (value: number): string => String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const kinds = (bytes: Uint8Array): string => Array.from(segmentsOf(bytes, MOST_SEGMENTS), ({ kind }) => kind).join(' ');
const bare = (bytes: Uint8Array<ArrayBuffer>) => {
  const { parts, orientation } = barePicture(bytes, sniffImage(bytes, 'a'));
  return { bytes: joined(parts), orientation };
};

const jpeg = (between: string): Uint8Array<ArrayBuffer> =>
  latin1(`\xff\xd8${between}\xff\xc0\0\x11\x08\0\x08\0\x10\x03${'\0'.repeat(9)}\xff\xda\0\x02\x12\xff\0\xff\xd0\x34\xff\xd9behind`);
const chunk = (kind: string, content = ''): string => `${u32(content.length)}${kind}${content}\0\0\0\0`;
const png = (...chunks: string[]): Uint8Array<ArrayBuffer> =>
  latin1(`\x89PNG\r\n\x1a\n${chunk('IHDR', u32(16) + u32(8) + '\x08\x02\0\0\0')}${chunks.join('')}${chunk('IEND')}`);

describe('segments', () => {
  test.each([
    ['of a JPEG, up to its end', jpeg('\xff\xe0\0\x04JF\xff\xff\xff\xfe\0\x02'), 'e0 fe c0 da d9'],
    [
      'of a PNG, its data as one',
      png(chunk('gAMA', '1234'), chunk('IDAT', 'ab'), chunk('IDAT'), chunk('tEXt')),
      'IHDR gAMA IDAT tEXt IEND',
    ],
    ['of a WebP', latin1(`RIFF\0\0\0\0WEBPVP8L\x03\0\0\0abc\0EXIF\x02\0\0\0ab`), 'VP8L EXIF'],
    ['of a JPEG cut short', jpeg('').slice(0, 12), 'c0'],
    ['of a JPEG with a length that cannot be', latin1('\xff\xd8\xff\xe1\0\x01\xff\xe1\0\x02'), ''],
    ['of another format', latin1('GIF89a............'), ''],
  ])('%s', (_, bytes, expected) => expect(kinds(bytes)).toBe(expected));

  test('are walked to the limit and one further, and a file beyond it is refused', () => {
    const floods = [
      jpeg('\xff\xe1\0\x02'.repeat(100_000)),
      png(chunk('tEXt').repeat(100_000)),
      latin1(`RIFF\0\0\0\0WEBP${'ANMF\0\0\0\0'.repeat(100_000)}`),
    ];
    for (const bytes of floods) {
      expect(segmentsOf(bytes, MOST_SEGMENTS)).toHaveLength(MOST_SEGMENTS + 1);
      expect(faultOf(() => sniffImage(bytes, 'holiday'))).toMatchObject({
        code: 'BAD_IMAGE',
        message: 'holiday has more than 20000 segments, of which a picture needs a few.',
      });
    }
    expect(sniffImage(jpeg('\xff\xe1\0\x02'.repeat(MOST_SEGMENTS - 3)), 'a').size).toEqual({ width: 16, height: 8 });
  });

  test('lie one behind the other within the file, whatever its bytes', () => {
    const head = fc.constantFrom('\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'RIFF\0\0\0\0WEBP');
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        const bytes = Uint8Array.of(...latin1(start), ...rest);
        let end = 0;
        for (const { from, content, to } of segmentsOf(bytes, MOST_SEGMENTS)) {
          expect(from).toBeGreaterThanOrEqual(end);
          expect(to).toBeGreaterThan(from);
          expect(Math.min(content, to)).toBeGreaterThanOrEqual(from);
          expect(to).toBeLessThanOrEqual(bytes.length);
          end = to;
        }
      }),
    );
  });
});

describe('a bare picture', () => {
  test('of a JPEG keeps what says how it is coded, and its data to the byte', () => {
    const noise = '\xff\xe1\0\x08Exif..\xff\xe2\0\x04IC\xff\xed\0\x04PS\xff\xef\0\x02\xff\xfe\0\x04hi';
    const coding = '\xff\xe0\0\x04JF\xff\xee\0\x04Ad';
    expect(bare(jpeg(noise + coding)).bytes).toEqual(jpeg(coding));
  });

  test('of a PNG keeps palette, transparency and data; an animation its default picture', () => {
    const kept = [chunk('PLTE', 'abc'), chunk('tRNS', 'a'), chunk('IDAT', 'ab')];
    const all = [
      chunk('iCCP', 'x'),
      chunk('gAMA', '1234'),
      chunk('cICP', '1234'),
      chunk('sRGB', '1'),
      chunk('cHRM'),
      chunk('acTL'),
      chunk('eXIf'),
    ];
    expect(bare(png(...all, ...kept, chunk('fcTL'), chunk('fdAT', 'abcd'))).bytes).toEqual(png(...kept));
  });

  test('of a WebP keeps its first frame, its size right and its flags cleared', () => {
    const extended = (flags: string): string => `VP8X\x0a\0\0\0${flags}\0\0\0\x0f\0\0\x07\0\0`;
    const kept = 'ANIM\x06\0\0\0\0\0\0\0\0\0ANMF\x02\0\0\0ab';
    const bytes = latin1(`RIFF\0\0\0\0WEBP${extended('\x3e')}ICCP\x02\0\0\0ab${kept}ANMF\x02\0\0\0cdEXIF\x02\0\0\0abXMP \x02\0\0\0ab`);
    const expected = `WEBP${extended('\x12')}${kept}`;
    expect(bare(bytes).bytes).toEqual(latin1(`RIFF${String.fromCharCode(expected.length)}\0\0\0${expected}`));
  });

  test.each(['jpeg', 'png', 'webp'] as const)('of a %s tells its orientation and has none itself', (format) => {
    fixtures.turned[format].forEach(({ file }, index) => {
      const first = bare(fromBase64(file));
      expect(first.orientation).toBe(index + 1);
      expect(barePicture(Uint8Array.from(first.bytes), sniffImage(first.bytes, 'a')).orientation).toBe(1);
    });
  });

  test('of other formats is the file', () => {
    const bytes = fromBase64(fixtures.turned.avif[5].file);
    expect(bare(bytes)).toEqual({ bytes, orientation: 1 });
  });
});

describe('an orientation', () => {
  const entry = (type: number, value: number, count = 1): Uint8Array =>
    latin1(
      `II*\0\x08\0\0\0\x01\0\x12\x01${String.fromCharCode(type)}\0${String.fromCharCode(count)}\0\0\0${String.fromCharCode(value)}\0\0\0`,
    );
  test.each([
    ['a short', entry(3, 6), 6],
    ['a long', entry(4, 8), 8],
    ['a byte', entry(1, 3), 3],
    ['a text', entry(2, 6), 1],
    ['two numbers', entry(3, 6, 2), 1],
    ['nine', entry(3, 9), 1],
    ['nought', entry(3, 0), 1],
    ['cut off', entry(3, 6).slice(0, 15), 1],
    ['empty', new Uint8Array(), 1],
    ['of an unknown order', latin1('XX*\0\x08\0\0\0'), 1],
    ['with a directory outside', latin1('II*\0\xff\xff\xff\xff'), 1],
  ])('written as %s', (_, block, expected) => {
    expect(exifOrientation(block)).toBe(expected);
    expect(exifOrientation(Uint8Array.of(...latin1('Exif\0\0'), ...block))).toBe(expected);
  });

  test('moves every corner into the upright picture, each to one of its own', () => {
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const [a, b, c, d, e, f] = uprightTransform(16, 8, orientation as Orientation);
      const { width, height } = uprightSides(16, 8, orientation as Orientation);
      const corners = [0, 16].flatMap((x) => [0, 8].map((y) => [a * x + c * y + e, b * x + d * y + f].join()));
      expect(new Set(corners)).toEqual(new Set(['0,0', `${width},0`, `0,${height}`, `${width},${height}`]));
    }
  });
});
