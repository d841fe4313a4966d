// Prompts, token ids and M-RoPE positions against the tokenizer and `get_rope_index` of the transformers library.
import { describe, expect, it } from 'vitest';
import { CLOSING_TEXT } from '../../models/families/qwen-vl/chat-template';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import { parseConfig } from '../../models/families/qwen-vl/config';
import { layOutParts, layOutPrompt } from '../../models/families/qwen-vl/prompt-rows';
import { Tokenizer } from '../../models/decoder/tokenizer';
import { MODEL_URL } from '../browser/helpers';
import { golden, type PromptsFile } from './fixtures';

async function parts() {
  const json = async (name: string): Promise<unknown> => (await fetch(new URL(name, MODEL_URL))).json();
  const config = parseConfig({
    'config.json': await json('config.json'),
    'generation_config.json': await json('generation_config.json'),
    'preprocessor_config.json': await json('preprocessor_config.json'),
  });
  return { config, tokenizer: new Tokenizer({ tokenizer: await json('tokenizer.json'), config: await json('tokenizer_config.json') }) };
}

const axes = (positions: Int32Array): number[][] => {
  const rows = positions.length / 3;
  return [0, 1, 2].map((axis) => [...positions.subarray(axis * rows, (axis + 1) * rows)]);
};

describe('prompts', () => {
  it('become the rows that the transformers library makes of them', async () => {
    const { config, tokenizer } = await parts();
    for (const expected of (await golden<PromptsFile>('prompts')).cases) {
      const [t, h, w] = expected.grid;
      const prompt = fillPrompt(PROMPT_FORMS[expected.form], expected.question, expected.think);
      const rows = layOutPrompt(prompt, { grid: { t, h, w } }, tokenizer, config);
      // The golden rows of a form without think tokens go on to where the answer starts.
      const ids = [...rows.ids];
      expect(expected.ids.slice(0, ids.length), expected.form).toEqual(ids);
      expect(expected.positions.map((axis) => axis.slice(0, ids.length))).toEqual(axes(rows.positions));
      const rest = expected.ids.slice(ids.length);
      expect(rest.length === 0 ? [] : [...tokenizer.encode(CLOSING_TEXT, true)]).toEqual(rest);
      expect(rows.nextPosition + rest.length).toBe(expected.nextPosition);
    }
  });

  it('count alike on all axes without a picture', async () => {
    const { config, tokenizer } = await parts();
    const { withoutImage } = await golden<PromptsFile>('prompts');
    const rows = layOutParts([{ kind: 'special', text: withoutImage.text, role: 'frame' }], null, tokenizer, config);
    expect([...rows.ids]).toEqual(withoutImage.ids);
    expect(axes(rows.positions)).toEqual(withoutImage.positions);
    expect(rows.nextPosition).toBe(withoutImage.nextPosition);
  });

  it('are tokenised as by the tokenizers library, and come back as they were', async () => {
    const { tokenizer } = await parts();
    const file = await golden<PromptsFile>('prompts');
    expect([...tokenizer.encode(CLOSING_TEXT, true)]).toEqual(file.tail);
    for (const { text, ids } of file.texts) {
      expect([...tokenizer.encode(text, false)], text).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
      const stream = tokenizer.stream();
      expect(ids.map((id) => stream.push(id)).join('') + stream.end()).toBe(text);
    }
  });
});
