// Tokenizer files in the forms they come in: special tokens as text, and as objects with or without a type.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../../../../models/decoder/tokenizer';

const FOLDER = new URL('../../../fixtures/exports/gqa-qwen2_5-vl-untied/', import.meta.url);
const json = (file: string): Record<string, unknown> => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Record<string, unknown>;
const open = (change: Record<string, unknown>): Tokenizer =>
  new Tokenizer({ tokenizer: json('tokenizer.json'), config: { ...json('tokenizer_config.json'), ...change } });

describe('special tokens of tokenizer_config.json', () => {
  const flags = { lstrip: false, normalized: false, rstrip: false, single_word: false };
  const token = (content: string) => ({ content, ...flags });

  it.each([
    ['as text', {}],
    ['as objects with a type', { eos_token: { __type: 'AddedToken', ...token('<|im_end|>') } }],
    ['as objects without one', { eos_token: token('<|im_end|>'), pad_token: token('<|endoftext|>') }],
    ['as objects of the text alone', { eos_token: { content: '<|im_end|>' } }],
    ['as a list of objects', { additional_special_tokens: [token('<|im_start|>'), token('<|image_pad|>')] }],
    ['as a list under its newer name', { additional_special_tokens: undefined, extra_special_tokens: [token('<|im_start|>')] }],
  ])('are known %s', (_, change) => {
    const tokenizer = open(change);
    expect([...tokenizer.encode('<|im_end|>', true)]).toEqual([730]);
    expect(tokenizer.decode([730, 728, 729, 734])).toBe('');
  });
});
