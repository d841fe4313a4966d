// Picture files of every kind a visitor may bring, in the worker's decoder. Made with Pillow: 16 x 8 pixels, left red, right blue.
import { describe, expect, it, vi } from 'vitest';
import { EngineFault } from '../../src/errors';
import type { RgbPicture } from '../../src/image/resize';
import { decodeImage, previewOf, shownPicture } from '../../workers/decode-image';
import fixtures from '../fixtures/picture-files.json';

const FILES = {
  cmyk: '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAFAgACAAQBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAkIAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AL1H0hQqYBXUDjM//9k=',
  turned:
    '/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wAARCAAIABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABwj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAACQf/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCX0TLwLzWAbf/Z',
  animated:
    'R0lGODlhEAAIAIEAANweKB480gAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh+QQACgAAACwAAAAAEAAIAAAIJAABCBwoMIDBgwYJEkSIUOFAhgcdFoQYQCIAihUlYrS4USPFgAAh+QQBCgACACwAAAAAEAAIAIHcHigePNIAAAAAAAAIJAADCBwoEIDBgwYJEkSIUOFAhgcdFoQIQGIAihUlYrS4USPFgAA7',
  avif: 'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAANgAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAEAAAAAgAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAPm1kYXQSAAoIGAy/tEBDQaEyKBIH9/apAIIIPkAAAP/RPQh1KzuFictT8j6TisfRYixskWjka25alpA=',
  bmp: 'Qk22AQAAAAAAADYAAAAoAAAAEAAAAAgAAAABABgAAAAAAIABAADEDgAAxA4AAAAAAAAAAAAAKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jweKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jweKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jweKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jweKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jweKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jweKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jweKB7cKB7cKB7cKB7cKB7cKB7cKB7cKB7c0jwe0jwe0jwe0jwe0jwe0jwe0jwe0jwe',
} as const;

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const decode = (bytes: Uint8Array<ArrayBuffer>, name = 'picture'): Promise<RgbPicture> => decodeImage({ bytes: bytes.buffer, name });
const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);

/** The pixel at a place, as [red, green, blue]. */
const at = (picture: RgbPicture, x: number, y: number): number[] => [
  ...picture.data.subarray(3 * (y * picture.width + x), 3 * (y * picture.width + x) + 3),
];
const near = (actual: number[], expected: number[], within: number): void =>
  actual.forEach((value, i) =>
    expect(Math.abs(value - expected[i]), `${actual.join(' ')} is not near ${expected.join(' ')}`).toBeLessThanOrEqual(within),
  );

const RED = [220, 30, 40];
const BLUE = [30, 60, 210];

async function refusal(bytes: Uint8Array<ArrayBuffer>, name = 'holiday'): Promise<{ code: string; message: string; action: string }> {
  try {
    await decode(bytes, name);
  } catch (error) {
    if (error instanceof EngineFault) return error.value;
    throw error;
  }
  throw new Error('it was decoded');
}

/** A PNG drawn with the browser's own encoder. */
async function png(width: number, height: number, style: string): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.fillStyle = style;
  context.fillRect(0, 0, width, height);
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
}

/** The beginning of a PNG that says it is so wide and so high. */
function pngHeader(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
}

function heifHeader(brand: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(40);
  new DataView(bytes.buffer).setUint32(0, 24);
  bytes.set(text(`ftyp${brand}`), 4);
  return bytes;
}

describe('pictures that can be opened', () => {
  it.each([
    ['bmp', 0],
    ['cmyk', 40],
    ['avif', 12],
    ['animated', 4],
  ] as const)('%s keeps its colours; an animation shows its first frame', async (kind, within) => {
    const picture = await decode(fromBase64(FILES[kind]));
    expect([picture.width, picture.height]).toEqual([16, 8]);
    near(at(picture, 2, 4), RED, within);
    near(at(picture, 13, 4), BLUE, within);
  });

  it('a turned JPEG stands upright', async () => {
    const picture = await decode(fromBase64(FILES.turned));
    expect([picture.width, picture.height]).toEqual([8, 16]);
    near(at(picture, 4, 2), RED, 12);
    near(at(picture, 4, 13), BLUE, 12);
  });

  it('one pixel is a picture', async () => {
    const picture = await decode(await png(1, 1, 'rgb(7, 200, 133)'));
    expect([picture.width, picture.height, ...picture.data]).toEqual([1, 1, 7, 200, 133]);
  });

  it('transparency lies on white, and half-transparent colour is not darkened twice', async () => {
    expect(at(await decode(await png(4, 4, 'rgba(0, 0, 0, 0)')), 1, 1)).toEqual([255, 255, 255]);
    near(at(await decode(await png(4, 4, 'rgba(255, 0, 0, 0.5)')), 1, 1), [255, 127, 127], 2);
  });

  it('a picture and its preview have the same pixels', async () => {
    const picture = await decode(fromBase64(FILES.bmp));
    const url = await previewOf(picture);
    expect(url.startsWith('data:image/png;base64,')).toBe(true);
    const again = await decode(fromBase64(url.slice(url.indexOf(',') + 1)));
    expect([...again.data]).toEqual([...picture.data]);
  });

  it('a large noisy preview becomes a JPEG', async () => {
    const [width, height] = [700, 700];
    const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (Math.imul(i ^ (i >>> 7), 0x9e3779b1) * 31) >>> 13);
    expect((await previewOf({ width, height, data })).startsWith('data:image/jpeg;base64,')).toBe(true);
  });
});

/** What the page shows of a file, as pixels. */
const shown = async (bytes: Uint8Array<ArrayBuffer>): Promise<RgbPicture> => {
  const file = await shownPicture({ bytes: bytes.buffer, name: 'picture' });
  expect(file.type).toBe('image/png');
  return decode(new Uint8Array(await file.arrayBuffer()));
};

// Written and read with Pillow: what the files' pixels are in Python, where processors ignore profiles and orientations are applied.
describe('the model and the page see what Python sees', () => {
  const turned = Object.entries(fixtures.turned).flatMap(([format, files]) =>
    files.map((expected, index) => ({ format, orientation: index + 1, expected })),
  );
  it('of all formats and orientations', () => expect(turned).toHaveLength(32));

  it.each(turned)('$format turned by orientation $orientation', async ({ expected: { file, width, height, corners } }) => {
    for (const see of [decode, shown]) {
      const picture = await see(fromBase64(file));
      expect([picture.width, picture.height]).toEqual([width, height]);
      const places = [
        [2, 2],
        [width - 3, 2],
        [2, height - 3],
        [width - 3, height - 3],
      ] as const;
      places.forEach(([x, y], index) => near(at(picture, x, y), corners[index], 3));
    }
  });

  it.each(Object.entries(fixtures.coloured))('%s', async (_, { file, pixel }) => {
    for (const see of [decode, shown]) expect(at(await see(fromBase64(file)), 4, 4)).toEqual(pixel);
  });

  it('a large picture is shown smaller, in its own shape and colours', async () => {
    const picture = await shown(await png(2560, 640, 'rgb(220, 30, 40)'));
    expect([picture.width, picture.height]).toEqual([1280, 320]);
    expect(at(picture, 640, 160)).toEqual([220, 30, 40]);
  });

  it('transparency is white on the page too', async () => {
    expect(at(await shown(await png(4, 4, 'rgba(0, 0, 0, 0)')), 1, 1)).toEqual([255, 255, 255]);
  });
});

/** A JPEG with `count` empty APP1 segments before everything else. */
function crowded(count: number): Uint8Array<ArrayBuffer> {
  const plain = fromBase64(FILES.turned);
  const bytes = new Uint8Array(plain.length + 4 * count);
  bytes.set(plain.subarray(0, 2));
  for (let i = 0; i < count; i += 1) bytes.set([0xff, 0xe1, 0, 2], 2 + 4 * i);
  bytes.set(plain.subarray(2), 2 + 4 * count);
  return bytes;
}

describe('files that keep a decoder busy', () => {
  it('100,000 segments are refused before anything is decoded', async () => {
    const decoder = vi.spyOn(globalThis, 'createImageBitmap');
    for (const see of [decode, shown]) await expect(see(crowded(100_000))).rejects.toThrow('has more than 20000 segments');
    expect(decoder).not.toHaveBeenCalled();
    decoder.mockRestore();
  });

  it('15,000 never reach the decoder', async () => {
    const decoder = vi.spyOn(globalThis, 'createImageBitmap');
    const picture = await decode(crowded(15_000));
    expect([picture.width, picture.height]).toEqual([8, 16]);
    expect((decoder.mock.calls[0][0] as Blob).size).toBeLessThan(1000);
    decoder.mockRestore();
  });
});

describe('files that cannot', () => {
  it.each([
    ['a HEIC photo', heifHeader('heic'), 'HEIC', 'JPEG'],
    ['a video', heifHeader('isom'), 'video', 'still picture'],
    ['a text', text('Dear diary,\ntoday'), 'a text file', 'PNG'],
    ['a PDF', text('%PDF-1.7 ...'), 'a PDF', 'PNG'],
    ['a web page', text('<!DOCTYPE html><html>'), 'a web page', 'PNG'],
    ['a drawing', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'an SVG drawing', 'PNG'],
    ['nothing', new Uint8Array(), 'empty', 'another picture'],
    ['rubbish', Uint8Array.from({ length: 300 }, (_, i) => (i * 197) % 256), 'of an unknown kind', 'PNG'],
    ['a JPEG of header alone', fromBase64(FILES.turned).slice(0, 60), 'could not be decoded', 'save it again'],
    ['a PNG of header alone', pngHeader(30, 30), 'could not be decoded', 'save it again'],
  ])('%s is refused: what it is, and what to do', async (_, bytes, says, advises) => {
    const { code, message, action } = await refusal(bytes);
    expect(code).toBe('BAD_IMAGE');
    expect(message).toContain('holiday');
    expect(message).toContain(says);
    expect(action).toContain(advises);
  });

  it('half a JPEG is refused to the page as to the model', async () => {
    const canvas = new OffscreenCanvas(300, 200);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    for (let x = 0; x < 300; x += 3) {
      context.fillStyle = `hsl(${x * 7} 80% 50%)`;
      context.fillRect(x, (x * 13) % 150, 3, 50);
    }
    const whole = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
    expect((await shown(whole)).width).toBe(300);
    for (const see of [decode, shown]) await expect(see(whole.slice(0, whole.length / 2))).rejects.toThrow('could not be decoded');
  });

  it('a picture of 20000 x 20000 pixels is refused before it is decoded', async () => {
    const decoder = vi.spyOn(globalThis, 'createImageBitmap');
    const { code, message } = await refusal(pngHeader(20_000, 20_000));
    expect(code).toBe('BAD_IMAGE');
    expect(message).toContain('20000 x 20000');
    expect(decoder).not.toHaveBeenCalled();
    decoder.mockRestore();
  });
});
