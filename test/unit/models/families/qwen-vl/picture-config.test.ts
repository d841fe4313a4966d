// Settings of the picture processor: which file counts, every form they come in, and what is refused because it is not followed.
import { describe, expect, it } from 'vitest';
import { readPictureConfig, type PictureConfig } from '../../../../../models/families/qwen-vl/picture-config';
import { prepareImage } from '../../../../../models/families/qwen-vl/prepare-image';
import { faultOf } from '../../../../faults';

const PREPROCESSOR = 'preprocessor_config.json';
const PROCESSOR = 'processor_config.json';
const bounds = (least: number, most: number) => ({ size: { shortest_edge: least, longest_edge: most } });
const read = (files: Record<string, unknown>, vision: Record<string, unknown> = {}): PictureConfig => readPictureConfig(vision, files);
const refusal = (settings: unknown, vision: Record<string, unknown> = {}): string => {
  const { code, message } = faultOf(() => read({ [PREPROCESSOR]: settings }, vision));
  expect(code).toBe('BAD_MODEL');
  expect(message).toContain(PREPROCESSOR);
  return message;
};

describe('the file that counts', () => {
  const [a, b] = [bounds(4000, 50_000), bounds(5000, 60_000)];
  it.each([
    ['processor_config.json, nested', { [PROCESSOR]: { image_processor: a } }],
    ['processor_config.json, flat', { [PROCESSOR]: a }],
    ['preprocessor_config.json, flat', { [PREPROCESSOR]: a }],
    ['preprocessor_config.json, nested', { [PREPROCESSOR]: { image_processor: a } }],
    ['the nested one of both', { [PROCESSOR]: { image_processor: a }, [PREPROCESSOR]: b }],
    ['preprocessor_config.json before a flat one', { [PROCESSOR]: b, [PREPROCESSOR]: a }],
    ['preprocessor_config.json where the other names no settings', { [PROCESSOR]: { processor_class: 'X' }, [PREPROCESSOR]: a }],
  ])('is %s', (_, files) => {
    expect(read(files)).toMatchObject({ minPixels: 4000, maxPixels: 50_000 });
  });

  it('brings its mean and deviation with it, and the size a picture is seen at', () => {
    const settings = { ...bounds(28_224, 78_400), image_mean: [0.5, 0.4, 0.3], image_std: 0.25 };
    const config = read({ [PROCESSOR]: { image_processor: settings } });
    expect(config).toMatchObject({ mean: [0.5, 0.4, 0.3], std: [0.25, 0.25, 0.25] });
    const grey = { width: 600, height: 600, data: new Uint8Array(3 * 600 * 600).fill(128) };
    const { width, height, pixelValues } = prepareImage(grey, config, { minPixels: 3136, maxPixels: 200_704 });
    expect([width, height]).toEqual([280, 280]);
    expect(pixelValues[0]).toBeCloseTo((128 / 255 - 0.5) / 0.25, 6);
  });

  it('has the library’s bounds when it names none, and the released models’ when there is no file', () => {
    expect(read({ [PREPROCESSOR]: {} })).toMatchObject({ minPixels: 3136, maxPixels: 1_003_520 });
    expect(read({})).toMatchObject({ minPixels: 3136, maxPixels: 12_845_056 });
  });

  it.each([
    ['a list', []],
    ['nothing', null],
    ['a text', 'resize'],
  ])('is refused when it is %s', (_, content) => {
    expect(refusal(content)).toContain('must be a JSON object');
    expect(faultOf(() => read({ [PROCESSOR]: { image_processor: content ?? 7 } })).message).toContain(`${PROCESSOR}: image_processor`);
  });
});

describe('bounds of a model and of a run', () => {
  const seen = (least: number, most: number, side: number): number => {
    const picture = { width: side, height: side, data: new Uint8Array(3 * side * side) };
    return prepareImage(picture, read({ [PREPROCESSOR]: bounds(28_224, 78_400) }), { minPixels: least, maxPixels: most }).width;
  };
  it('a run asks for less or more than the model takes, and the model’s bounds hold', () => {
    expect(seen(3136, 3136, 100)).toBe(168);
    expect(seen(1_003_520, 1_003_520, 100)).toBe(280);
    expect(seen(3136, 60_000, 600)).toBe(224);
  });
});

describe('settings that are not followed are refused', () => {
  it.each([
    ['no resizing', { do_resize: false }, 'do_resize is false'],
    ['no rescaling', { do_rescale: false }, 'do_rescale is false'],
    ['no normalising', { do_normalize: false }, 'do_normalize is false'],
    ['no conversion', { do_convert_rgb: false }, 'do_convert_rgb is false'],
    ['cropping', { do_center_crop: true, crop_size: { height: 224, width: 224 } }, 'do_center_crop is true'],
    ['padding', { do_pad: true }, 'do_pad is true'],
    ['a step nobody knows', { do_sharpen: true }, 'do_sharpen is true'],
    ['a step that is no choice', { do_resize: 'no' }, 'do_resize must be true or false'],
    ['bilinear resampling', { resample: 2 }, 'resample is 2'],
    ['another scale', { rescale_factor: 1 / 127.5 }, 'rescale_factor is 0.00784'],
    ['a scale that is none', { rescale_factor: '1/255' }, 'rescale_factor must be a number'],
    ['a fixed size', { size: { height: 224, width: 224 } }, 'height'],
    ['a size that is a number', { size: 224 }, 'size'],
  ])('%s', (_, settings, says) => {
    expect(refusal(settings)).toContain(says);
  });

  it('while the steps that are taken may be named, and those that are not may be off or left open', () => {
    const named = { do_resize: true, do_rescale: true, do_normalize: true, do_convert_rgb: true, resample: 3, rescale_factor: 1 / 255 };
    const off = {
      do_center_crop: false,
      do_pad: null,
      crop_size: null,
      default_to_square: true,
      data_format: 'channels_first',
      device: null,
    };
    expect(read({ [PREPROCESSOR]: { ...named, ...off } }).patchSize).toBe(14);
  });
});

describe('what cannot be computed is refused at once', () => {
  it.each([
    ['10^15 pixels', { max_pixels: 1e15 }, 'max_pixels is 1000000000000000; at most 100000000 is possible'],
    ['10^15 pixels as an edge', bounds(3136, 1e15), 'longest_edge'],
    ['a smallest picture no run could hold', { min_pixels: 2e6, max_pixels: 4e6 }, 'min_pixels is 2000000; at most 1003520 is possible'],
    ['negative pixels', { min_pixels: -1 }, 'min_pixels'],
    ['no pixels', { max_pixels: 0 }, 'max_pixels'],
    ['half a pixel', { min_pixels: 3136.5 }, 'min_pixels'],
    ['a negative patch', { patch_size: -14 }, 'patch_size'],
    ['a mean of two numbers', { image_mean: [0.5, 0.5] }, 'image_mean has 2 numbers, expected 3'],
    ['a mean of four numbers', { image_mean: [0.5, 0.5, 0.5, 0.5] }, 'image_mean has 4 numbers'],
    ['a mean of texts', { image_mean: ['0.5', 0.5, 0.5] }, 'image_mean.0 is "0.5"'],
    ['no deviation', { image_std: [0.2, 0, 0.2] }, 'image_std.1 is 0'],
    ['a negative deviation', { image_std: -0.5 }, 'image_std.0 is -0.5'],
    ['a deviation beyond numbers', { image_std: [1e-300, 1, 1] }, 'image_std.0 is 1e-300'],
  ])('%s', (_, settings, says) => {
    expect(refusal(settings)).toContain(says);
  });

  it('a patch of 10^9 pixels, even where the vision encoder says the same', () => {
    const { message } = faultOf(() => read({ [PREPROCESSOR]: { patch_size: 1e9 } }, { patch_size: 1e9 }));
    expect(message).toMatch(/config\.json: vision_config .*patch_size is 1000000000; at most 256 is possible/);
  });
});
