// The configs of real releases in each form they have had, and what is said of folders that cannot be loaded.
import { describe, expect, it } from 'vitest';
import { fitTokenizer, type QwenConfig } from '../../../../../models/families/qwen-vl/config';
import { familyOf } from '../../../../../models/families/registry';
import { faultOf } from '../../../../faults';

/** Qwen2-VL-2B-Instruct, as released: flat. */
const QWEN2_VL_2B = {
  architectures: ['Qwen2VLForConditionalGeneration'],
  bos_token_id: 151643,
  eos_token_id: 151645,
  vision_start_token_id: 151652,
  vision_end_token_id: 151653,
  vision_token_id: 151654,
  image_token_id: 151655,
  video_token_id: 151656,
  hidden_size: 1536,
  max_position_embeddings: 32768,
  model_type: 'qwen2_vl',
  num_attention_heads: 12,
  num_hidden_layers: 28,
  num_key_value_heads: 2,
  rope_theta: 1000000,
  tie_word_embeddings: true,
  vision_config: {
    depth: 32,
    embed_dim: 1280,
    mlp_ratio: 4,
    num_heads: 16,
    in_chans: 3,
    hidden_size: 1536,
    patch_size: 14,
    spatial_merge_size: 2,
    spatial_patch_size: 14,
    temporal_patch_size: 2,
  },
  rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
  vocab_size: 151936,
};

/** The text fields of Qwen2.5-VL-7B-Instruct. */
const TEXT_7B = {
  hidden_size: 3584,
  max_position_embeddings: 128000,
  num_attention_heads: 28,
  num_hidden_layers: 28,
  num_key_value_heads: 4,
  vocab_size: 152064,
  tie_word_embeddings: false,
};
const VISION_25 = {
  depth: 32,
  hidden_size: 1280,
  num_heads: 16,
  out_hidden_size: 3584,
  patch_size: 14,
  spatial_merge_size: 2,
  temporal_patch_size: 2,
};
const FLAT_7B = {
  architectures: ['Qwen2_5_VLForConditionalGeneration'],
  model_type: 'qwen2_5_vl',
  image_token_id: 151655,
  eos_token_id: 151645,
  ...TEXT_7B,
  rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
  vision_config: VISION_25,
};
const NESTED_7B = {
  architectures: ['Qwen2_5_VLForConditionalGeneration'],
  model_type: 'qwen2_5_vl',
  image_token_id: 151655,
  text_config: {
    ...TEXT_7B,
    model_type: 'qwen2_5_vl_text',
    eos_token_id: 151645,
    head_dim: null,
    rope_parameters: { rope_type: 'default', mrope_section: [16, 24, 24], rope_theta: 1000000 },
  },
  vision_config: VISION_25,
};

const INTERLEAVED = { steps: 3, patches: 4, order: 'release', reuse: 'never', positions: 'model' };

const parse = (config: unknown, processor?: unknown, generation?: unknown) => {
  const family = familyOf(config);
  return family.readConfig({
    'config.json': config,
    'preprocessor_config.json': processor,
    'generation_config.json': generation,
  }) as QwenConfig;
};
const without = (object: Record<string, unknown>, ...fields: string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !fields.includes(name)));

describe('a config', () => {
  it('is read flat, as Qwen2-VL was released', () => {
    expect(parse(QWEN2_VL_2B)).toEqual({
      architecture: 'Qwen2VLForConditionalGeneration',
      positionAxes: 3,
      mostPatches: 16_384 * 4,
      layers: 28,
      heads: 12,
      keyValueHeads: 2,
      headSize: 128,
      hiddenSize: 1536,
      vocabularySize: 151936,
      maxLength: 32768,
      visionHeads: 16,
      imageTokenId: 151655,
      endTokenIds: new Set([151645]),
      vision: {
        patchSize: 14,
        mergeSize: 2,
        temporalPatchSize: 2,
        minPixels: 3136,
        maxPixels: 12845056,
        mean: [0.48145466, 0.4578275, 0.40821073],
        std: [0.26862954, 0.26130258, 0.27577711],
      },
    });
  });

  it('says the same of Qwen2.5-VL flat and nested, heads untied', () => {
    expect(parse(NESTED_7B)).toEqual(parse(FLAT_7B));
    expect(parse(NESTED_7B)).toMatchObject({
      layers: 28,
      heads: 28,
      keyValueHeads: 4,
      headSize: 128,
      hiddenSize: 3584,
      vocabularySize: 152064,
    });
  });

  it('takes the end tokens of generation_config.json before its own', () => {
    expect(parse(FLAT_7B, undefined, { eos_token_id: [151645, 151643] }).endTokenIds).toEqual(new Set([151645, 151643]));
    expect(parse(FLAT_7B, undefined, { do_sample: true }).endTokenIds).toEqual(new Set([151645]));
    expect(parse(without(FLAT_7B, 'eos_token_id')).endTokenIds).toEqual(new Set());
  });

  it('knows the image token of an early config by its vision_start_token_id alone', () => {
    expect(parse(without(QWEN2_VL_2B, 'image_token_id')).imageTokenId).toBe(151655);
    for (const config of [
      without(QWEN2_VL_2B, 'image_token_id', 'vision_start_token_id'),
      { ...without(QWEN2_VL_2B, 'image_token_id'), vision_start_token_id: 731 },
    ]) {
      expect(faultOf(() => parse(config)).message).toContain('image_token_id is missing');
    }
  });

  it.each([
    ['the released form', { min_pixels: 3136, max_pixels: 50176, image_processor_type: 'Qwen2VLImageProcessor', patch_size: 14 }],
    ['edges', { size: { shortest_edge: 3136, longest_edge: 50176 }, image_processor_type: 'Qwen2VLImageProcessorFast', min_pixels: null }],
    ['pixels under size', { size: { min_pixels: 3136, max_pixels: 50176 }, image_processor_type: 'Qwen2_5_VLImageProcessor' }],
    ['both, of which the bounds count', { min_pixels: 3136, max_pixels: 50176, size: { shortest_edge: 1, longest_edge: 2 } }],
  ])('reads the bounds on pixels from %s', (_, processor) => {
    expect(parse(QWEN2_VL_2B, processor).vision).toMatchObject({ minPixels: 3136, maxPixels: 50176, patchSize: 14, mergeSize: 2 });
  });

  it('tells what a model was trained for with interleaved latent steps, flat or nested', () => {
    expect(parse({ ...QWEN2_VL_2B, interleaved_latent: INTERLEAVED }).interleavedLatent).toEqual(INTERLEAVED);
    expect(parse({ ...NESTED_7B, interleaved_latent: { ...INTERLEAVED, patches: 0 } }).interleavedLatent).toEqual({
      ...INTERLEAVED,
      patches: 0,
    });
    for (const none of [{}, { interleaved_latent: null }])
      expect(parse({ ...QWEN2_VL_2B, ...none })).not.toHaveProperty('interleavedLatent');
  });

  it('keeps a very large bound as it is', () => {
    expect(parse(QWEN2_VL_2B, { max_pixels: 12845056 }).vision.maxPixels).toBe(12845056);
  });
});

describe('a folder that cannot be loaded', () => {
  it.each([
    ['a text model', { model_type: 'llama', hidden_size: 4096 }, 'no vision-language model (llama)'],
    ['plain Qwen2', { model_type: 'qwen2' }, 'no vision-language model (qwen2)'],
    ['the language part alone', { ...TEXT_7B, model_type: 'qwen2_5_vl_text' }, 'language part of a vision-language model alone'],
    ['Qwen3-VL', { model_type: 'qwen3_vl', vision_config: {} }, 'another architecture (qwen3_vl)'],
    ['Llama vision', { model_type: 'mllama' }, 'another architecture (mllama)'],
    ['any other with a vision part', { model_type: 'new', vision_config: {} }, 'another architecture (new)'],
    ['no model type', { hidden_size: 1 }, 'model_type is missing'],
    ['a list', [], 'config.json is not as expected'],
    ['nothing', null, 'config.json is not as expected'],
    ['no layers', without(QWEN2_VL_2B, 'num_hidden_layers'), 'num_hidden_layers is missing'],
    [
      'no layers, nested',
      { ...NESTED_7B, text_config: without(NESTED_7B.text_config, 'num_hidden_layers') },
      'num_hidden_layers is missing',
    ],
    ['no vision part', without(QWEN2_VL_2B, 'vision_config'), 'vision_config is missing'],
    ['a size that is no number', { ...QWEN2_VL_2B, hidden_size: '1536' }, 'hidden_size'],
    ['heads that do not share', { ...QWEN2_VL_2B, num_key_value_heads: 5 }, 'must be a multiple of num_key_value_heads (5)'],
    ['heads that do not divide', { ...QWEN2_VL_2B, num_attention_heads: 14 }, 'must be a multiple of num_attention_heads (14)'],
    ['sections of another head', { ...QWEN2_VL_2B, rope_scaling: { mrope_section: [16, 24, 20] } }, 'sum to half the head size (64)'],
    [
      'sections of another head, nested',
      { ...NESTED_7B, text_config: { ...NESTED_7B.text_config, rope_parameters: { mrope_section: [64] } } },
      'mrope_section (64)',
    ],
    ['a vocabulary whose ids would wrap around', { ...QWEN2_VL_2B, vocab_size: 2 ** 53 }, 'vocab_size'],
    ['a billion layers', { ...QWEN2_VL_2B, num_hidden_layers: 1e9 }, 'num_hidden_layers'],
    ['no latent steps', { ...QWEN2_VL_2B, interleaved_latent: { ...INTERLEAVED, steps: 0 } }, 'interleaved_latent.steps'],
    [
      'more latent steps than there can be',
      { ...QWEN2_VL_2B, interleaved_latent: { ...INTERLEAVED, steps: 9 } },
      'interleaved_latent.steps',
    ],
    ['half a patch', { ...QWEN2_VL_2B, interleaved_latent: { ...INTERLEAVED, patches: 0.5 } }, 'interleaved_latent.patches'],
    [
      'latent steps in another order',
      { ...QWEN2_VL_2B, interleaved_latent: { ...INTERLEAVED, order: 'reversed' } },
      'interleaved_latent.order',
    ],
    [
      'latent steps without a policy',
      { ...QWEN2_VL_2B, interleaved_latent: without(INTERLEAVED, 'reuse') },
      'interleaved_latent.reuse is missing',
    ],
    ['latent steps that are a number', { ...QWEN2_VL_2B, interleaved_latent: 3 }, 'interleaved_latent'],
    ['an image token outside', { ...QWEN2_VL_2B, vocab_size: 1000 }, 'image_token_id (151655) is outside'],
  ])('%s is told for what it is', (_, config, says) => {
    expect(faultOf(() => parse(config))).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining(says) as string });
  });

  it.each([
    ['another processor', { image_processor_type: 'CLIPImageProcessor' }, 'image_processor_type is CLIPImageProcessor'],
    ['other patches', { patch_size: 16 }, "patch_size is 16, the vision encoder's is 14"],
    ['other merging', { merge_size: 1 }, 'merge_size is 1'],
    ['bounds that cross', { min_pixels: 5000, max_pixels: 4000 }, 'min_pixels (5000) is above max_pixels (4000)'],
    ['no deviation', { image_std: [0, 1, 1] }, 'image_std.0'],
    ['no normalising', { do_normalize: false }, 'do_normalize'],
  ])('%s is named', (_, processor, says) => {
    const { code, message } = faultOf(() => parse(QWEN2_VL_2B, processor));
    expect(code).toBe('BAD_MODEL');
    expect(message).toContain('preprocessor_config.json');
    expect(message).toContain(says);
  });
});

describe('a config and its tokenizer', () => {
  const ids: Record<string, number[]> = { '<|image_pad|>': [151655], '<|im_end|>': [151645] };
  const tokenizer = (changes: Record<string, number[]> = {}, largestId = 151664) => ({
    largestId,
    encode: (text: string) => Uint32Array.from({ ...ids, ...changes }[text] ?? [1, 2, 3]),
  });

  it('ends an answer where a turn ends when no file names an end token', () => {
    const bare = parse(without(FLAT_7B, 'eos_token_id'));
    expect(fitTokenizer(bare, tokenizer()).endTokenIds).toEqual(new Set([151645]));
    expect(fitTokenizer(parse({ ...FLAT_7B, eos_token_id: 151643 }), tokenizer()).endTokenIds).toEqual(new Set([151643]));
  });

  it.each([
    ['another image token', { '<|image_pad|>': [7] }, 'image_token_id is 151655'],
    ['no image token', { '<|image_pad|>': [1, 2] }, '<|image_pad|> is not one token'],
  ])('do not go together with %s', (_, changes, says) => {
    expect(faultOf(() => fitTokenizer(parse(FLAT_7B), tokenizer(changes))).message).toContain(says);
  });

  it('do not go together with a token outside the vocabulary', () => {
    const message = "it has a token of id 152064, the model's vocabulary has 152064 (vocab_size)";
    expect(faultOf(() => fitTokenizer(parse(FLAT_7B), tokenizer({}, 152064))).message).toContain(message);
  });
});
