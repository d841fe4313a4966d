// Folders as three releases of the transformers library save them whole: picture settings, sizes, token ids and texts are the same in all.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../../../../../models/decoder/tokenizer';
import { fitTokenizer, type QwenConfig } from '../../../../../models/families/qwen-vl/config';
import { qwenVl } from '../../../../../models/families/qwen-vl/family';
import { familyOf } from '../../../../../models/families/registry';

const FIXTURES = new URL('../../../../fixtures/', import.meta.url);
/** What the folders below were saved from; its tokenizer.json is also that of the releases that copy the file. */
const SOURCE = 'exports/gqa-qwen2_5-vl-untied';
const RELEASES = readdirSync(new URL('saved-processors/', FIXTURES));
const TEXT = 'Which shape is red? <|im_start|> is text here.\n\tNumbers 42 and umlauts äöü.';

function json(folder: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(new URL(`${folder}/${file}`, FIXTURES), 'utf8'));
  } catch {
    return undefined;
  }
}

function opened(folder: string): { config: QwenConfig; tokenizer: Tokenizer } {
  const names = ['config.json', ...qwenVl.configFiles];
  const files = Object.fromEntries(names.map((name) => [name, json(folder, name)]));
  const tokenizer = new Tokenizer({
    tokenizer: json(folder, 'tokenizer.json') ?? json(SOURCE, 'tokenizer.json'),
    config: json(folder, 'tokenizer_config.json'),
  });
  const config = familyOf(files['config.json']).readConfig(files) as QwenConfig;
  return { config: fitTokenizer(config, tokenizer), tokenizer };
}

describe('a folder saved whole by', () => {
  it('three releases is there', () => expect(RELEASES).toEqual(['4.48.3', '4.57.1', '5.24.0']));

  it.each(RELEASES)('%s loads as the one it was saved from', (release) => {
    const source = opened(SOURCE);
    const saved = opened(`saved-processors/${release}`);
    // The oldest knows Qwen2-VL alone.
    const architecture = release.startsWith('4.48') ? 'Qwen2VLForConditionalGeneration' : source.config.architecture;
    expect(saved.config).toEqual({ ...source.config, architecture });
    expect(saved.config.vision).toMatchObject({ minPixels: 28_224, maxPixels: 78_400 });
    expect(saved.config.imageTokenId).toBe(734);
    for (const special of [true, false]) {
      const ids = [...saved.tokenizer.encode(TEXT, special)];
      expect(ids).toEqual([...source.tokenizer.encode(TEXT, special)]);
      expect(saved.tokenizer.decode(ids)).toBe(source.tokenizer.decode(ids));
    }
    expect([...saved.tokenizer.encode('<|im_end|>', true)]).toEqual([730]);
    expect(saved.tokenizer.encode('<|im_end|>', false).length).toBeGreaterThan(1);
  });
});
