// Which files of a folder make which dtype: by manifest, by list, by asking; and what is said of folders that are no export.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EngineFault } from '../../../../src/errors';
import type { FileFacts, ModelFolder } from '../../../../models/files/model-folder';
import { chooseDtype, mayUse16Bit } from '../../../../models/load/choose-dtype';
import { filesOf, readPlan, weightsOf, type ModelPlan } from '../../../../models/load/plan';

const TINY = new URL('../../../../public/models/noema-tiny/', import.meta.url);
const tiny = (name: string): string => readFileSync(new URL(name, TINY), 'utf8');
const { signal } = new AbortController();

/** A folder with the embedded model's configuration and files of given sizes; `listed` false: it can only be asked by name. */
function folderOf(files: Record<string, number>, listed = true): ModelFolder & { asked: string[] } {
  const texts: Record<string, string> = Object.fromEntries(
    ['config.json', 'generation_config.json', 'preprocessor_config.json'].map((name) => [name, tiny(name)]),
  );
  const facts = new Map<string, FileFacts>(Object.entries(files).map(([path, bytes]) => [path, { bytes, sha256: null }]));
  for (const [name, text] of Object.entries(texts)) facts.set(name, { bytes: text.length, sha256: null });
  const asked: string[] = [];
  return {
    asked,
    id: 'somebody/some-model',
    name: 'some-model',
    revision: null,
    licence: 'apache-2.0',
    list: () => Promise.resolve(listed ? facts : null),
    facts: (path) => {
      asked.push(path);
      return Promise.resolve(facts.get(path) ?? null);
    },
    fetch: (path) => Promise.resolve(new Blob([texts[path]])),
    stored: () => Promise.resolve(0),
    touch: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

const complete = (dtypes: readonly string[], place = 'onnx/'): Record<string, number> =>
  Object.fromEntries(
    ['embed_tokens', 'vision_encoder', 'decoder_model_merged'].flatMap((session) =>
      dtypes.map((suffix) => [`${place}${session}${suffix}.onnx`, 1000]),
    ),
  );
/** A folder without a vision encoder. */
const NO_VISION = { 'onnx/decoder_model_merged_q4.onnx': 9, 'onnx/embed_tokens_q4.onnx': 1 };
const TOKENIZER = { 'tokenizer.json': 10, 'tokenizer_config.json': 5 };

async function complaint(files: Record<string, number>, listed = true): Promise<string> {
  try {
    await readPlan(folderOf(files, listed), signal);
  } catch (error) {
    if (error instanceof EngineFault && error.value.code === 'BAD_MODEL') return `${error.value.message} ${error.value.action}`;
    throw error;
  }
  throw new Error('the folder was accepted');
}

describe('the types of a folder', () => {
  it('come from its list, with every weight file beside a graph', async () => {
    const shards = { 'onnx/decoder_model_merged_q4.onnx_data': 2e9, 'onnx/decoder_model_merged_q4.onnx_data_1': 5e8 };
    const plan = await readPlan(folderOf({ ...TOKENIZER, ...complete(['_q4', '_q4f16', '']), ...shards }), signal);
    expect(plan.types.map(({ dtype }) => dtype)).toEqual(['q4', 'q4f16', 'fp32']);
    expect(plan.types[0].sessions.decoder_model_merged.data).toEqual(Object.keys(shards));
    expect(weightsOf(plan, plan.types[0])).toEqual({ download: 2e9 + 5e8 + 3000 + 15, largestFile: 2e9 });
    expect(plan.licence).toBe('apache-2.0');
  });

  it('are the same when the folder can only be asked by name, in onnx/ or beside the configuration', async () => {
    for (const place of ['onnx/', '']) {
      const files = { ...TOKENIZER, ...complete(['_q4'], place), [`${place}embed_tokens_q4.onnx_data`]: 7 };
      const asked = await readPlan(folderOf(files, false), signal);
      const listed = await readPlan(folderOf(files), signal);
      expect(asked.types).toEqual(listed.types);
      expect(filesOf(asked.types[0])).toContain(`${place}embed_tokens_q4.onnx_data`);
    }
  });

  it("count the weight file of onnxruntime-genai's builder, listed or asked for", async () => {
    const files = { ...TOKENIZER, ...complete(['_q4']), 'onnx/decoder_model_merged_q4.onnx.data': 7e6 };
    for (const listed of [true, false]) {
      const plan = await readPlan(folderOf(files, listed), signal);
      expect(plan.types[0].sessions.decoder_model_merged.data).toEqual(['onnx/decoder_model_merged_q4.onnx.data']);
      expect(weightsOf(plan, plan.types[0]).largestFile).toBe(7e6);
    }
  });

  it('do not ask for a shard after one that is missing', async () => {
    const folder = folderOf({ ...TOKENIZER, ...complete(['_q4']), 'onnx/decoder_model_merged_q4.onnx_data': 1 }, false);
    await readPlan(folder, signal);
    expect(folder.asked.filter((path) => path.includes('decoder_model_merged_q4.onnx_data'))).toEqual([
      'onnx/decoder_model_merged_q4.onnx_data',
      'onnx/decoder_model_merged_q4.onnx_data_1',
    ]);
  });

  it('come from a manifest, and small files it leaves out are not asked for', async () => {
    const texts = ['manifest.json', 'config.json', 'generation_config.json', 'preprocessor_config.json'];
    const folder = folderOf(Object.fromEntries(texts.map((name) => [name, 1])), false);
    const plan = await readPlan({ ...folder, fetch: (path) => Promise.resolve(new Blob([tiny(path)])) }, signal);
    expect(plan.types.map(({ dtype }) => dtype)).toContain('fp32');
    expect(folder.asked.toSorted()).toEqual(['generation_config.json', 'manifest.json', 'preprocessor_config.json']);
  });

  it('borrow a part from another type where the folder has no better one', async () => {
    const files = { ...TOKENIZER, ...complete(['_q4f16']), 'onnx/vision_encoder_q4.onnx': 1, 'onnx/embed_tokens_fp16.onnx': 1 };
    const { types } = await readPlan(folderOf(files), signal);
    const [{ sessions }] = types;
    expect(types).toHaveLength(1);
    // float16 Conv is computed wrongly on WebGPU, so the vision encoder of 32-bit activations goes first.
    expect(sessions.vision_encoder.graph).toBe('onnx/vision_encoder_q4.onnx');
    expect(sessions.embed_tokens.graph).toBe('onnx/embed_tokens_q4f16.onnx');
  });
});

describe('a folder that is no export', () => {
  it.each([
    [{ 'model.safetensors': 9 }, 'PyTorch weights'],
    [{ 'genai_config.json': 1, 'model.onnx': 9 }, 'onnxruntime-genai (genai_config.json)'],
    [
      { 'onnx/decoder_model_merged_quantized.onnx': 9 },
      'decoder_model_merged only in types Noema cannot load (onnx/decoder_model_merged_quantized.onnx)',
    ],
    [
      { ...NO_VISION, 'onnx/vision_encoder_quantized.onnx': 1 },
      'vision_encoder only in types Noema cannot load (onnx/vision_encoder_quantized.onnx)',
    ],
    [{ 'onnx/model.onnx': 9 }, 'no onnx/decoder_model_merged….onnx; it has onnx/model.onnx.'],
    [{}, 'it has no .onnx file at all'],
    [NO_VISION, 'no onnx/vision_encoder….onnx; it has onnx/decoder_model_merged_q4.onnx, onnx/embed_tokens_q4.onnx.'],
    [{ ...NO_VISION, 'vision_encoder_q4.onnx': 1 }, 'vision_encoder_q4.onnx is not with the decoder'],
  ])('%o is refused with what is there and what is missing, listed or asked for by name', async (files, reason) => {
    for (const listed of [true, false]) expect(await complaint({ ...TOKENIZER, ...files }, listed)).toContain(reason);
  });

  it.each(['tokenizer.json', 'tokenizer_config.json'] as const)('is refused before its weights come when it lacks %s', async (name) => {
    const { [name]: _, ...tokenizer } = TOKENIZER;
    const rest = { ...tokenizer, ...complete(['_q4']) };
    for (const listed of [true, false]) expect(await complaint(rest, listed)).toContain(`This folder has no ${name}.`);
  });
});

describe('the type that is loaded', () => {
  const planOf = async (dtypes: readonly string[]): Promise<ModelPlan> => readPlan(folderOf({ ...TOKENIZER, ...complete(dtypes) }), signal);
  const half = { f16: true };
  const single = { f16: false };

  it('is the smallest that the device can be trusted with', async () => {
    const plan = await planOf(['', '_fp16', '_q4', '_q4f16']);
    expect(chooseDtype('auto', plan, half, fail).dtype).toBe('q4f16');
    expect(chooseDtype('auto', plan, single, fail).dtype).toBe('q4');
    expect(chooseDtype('auto', { ...plan, preferred: 'q4' }, half, fail).dtype).toBe('q4');
    expect(mayUse16Bit('auto', plan)).toBe(true);
    expect(mayUse16Bit('auto', { ...plan, preferred: 'q4' })).toBe(false);
    expect(mayUse16Bit('fp32', plan)).toBe(false);
  });

  it('gives way to its 32-bit sibling, and says so', async () => {
    const plan = await planOf(['', '_fp16']);
    const said: string[] = [];
    expect(chooseDtype('fp16', plan, single, (message) => said.push(message)).dtype).toBe('fp32');
    expect(said.join()).toContain('fp32');
    // A GPU that computes 16 bits wrongly: the same sentence says why, and what may help.
    const wrong = { f16: false, noHalf: 'This GPU computes wrongly, which an update may mend' };
    chooseDtype('fp16', plan, wrong, (message) => said.push(message));
    expect(said.at(-1)).toBe('This GPU computes wrongly, which an update may mend; the fp32 type is loaded instead.');
  });

  it('is not another one than was agreed to, where that would be downloaded', async () => {
    const plan = await planOf(['_q4', '_q4f16']);
    expect(() => chooseDtype('q4f16', plan, single, fail, false)).toThrow(EngineFault);
    expect(chooseDtype('q4f16', plan, half, fail, false).dtype).toBe('q4f16');
  });

  it('is refused with what the folder has', async () => {
    const plan = await planOf(['_q4f16']);
    const code = (wanted: 'auto' | 'q4' | 'q4f16'): string => {
      try {
        chooseDtype(wanted, plan, single, fail);
      } catch (error) {
        return (error as EngineFault).value.code;
      }
      return 'chosen';
    };
    expect([code('q4'), code('q4f16'), code('auto')]).toEqual(['BAD_MODEL', 'NO_F16', 'NO_F16']);
  });
});

function fail(message: string): never {
  throw new Error(`an unexpected notice: ${message}`);
}
