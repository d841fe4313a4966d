// What comes of a folder's files before a model is made of them: weight files as long as their graphs say, and checksums or none.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EngineFault } from '../../../../src/errors';
import { chosenFolder, exportFiles, type FolderBytes } from '../../../export-folder';
import type { ModelFolder } from '../../../../models/files/model-folder';
import { gather, type ModelFiles } from '../../../../models/load/gather';
import { readPlan } from '../../../../models/load/plan';

const EXPORT = 'gqa-qwen2_5-vl-untied';
const { signal } = new AbortController();

/** The same folder on a server that lists nothing, and that tells lengths of what it sends, packed to a quarter. */
function packed(files: FolderBytes): ModelFolder {
  const folder = chosenFolder(files);
  return {
    id: 'x',
    name: 'x',
    revision: null,
    licence: null,
    list: () => Promise.resolve(null),
    facts: async (path) => {
      const facts = await folder.facts(path, signal);
      return facts && { bytes: Math.ceil((facts.bytes ?? 0) / 4), sha256: null };
    },
    fetch: (path, options) => folder.fetch(path, options),
    stored: () => Promise.resolve(0),
    touch: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function gathered(files: FolderBytes, open: (files: FolderBytes) => ModelFolder = chosenFolder): Promise<ModelFiles> {
  const folder = open(files);
  const plan = await readPlan(folder, signal);
  return gather(folder, plan, plan.types[0], () => undefined, signal);
}

async function refusal(files: FolderBytes, open: (files: FolderBytes) => ModelFolder = chosenFolder): Promise<string> {
  try {
    await gathered(files, open);
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    expect(error.value).toMatchObject({ code: 'BAD_MODEL', action: expect.stringContaining('again') as string });
    return error.value.message;
  }
  throw new Error('the folder was accepted');
}

/** The manifest that our recipes would write beside these files. */
function manifestOf(files: FolderBytes): Uint8Array<ArrayBuffer> {
  const facts = [...files].map(([path, bytes]) => [
    path,
    { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
  ]);
  const session = (name: string) => ({
    graph: `onnx/${name}.onnx`,
    data: [...files.keys()].filter((path) => path.startsWith(`onnx/${name}.onnx_data`)),
  });
  const names = ['embed_tokens', 'vision_encoder', 'decoder_model_merged'];
  const sessions = Object.fromEntries(names.map((name) => [name, session(name)]));
  return new TextEncoder().encode(
    JSON.stringify({ format: 1, name: 'x', dtypes: { fp32: { sessions } }, files: Object.fromEntries(facts) }),
  );
}

describe('a weight file', () => {
  const last = new Map([
    ['embed_tokens', 'onnx/embed_tokens.onnx_data'],
    ['vision_encoder', 'onnx/vision_encoder.onnx_data_2'],
    ['decoder_model_merged', 'onnx/decoder_model_merged.onnx_data_3'],
  ]);

  it.each([...last])('of %s that is cut short is named, with both sizes', async (graph, path) => {
    const files = exportFiles(EXPORT);
    const whole = files.get(path) as Uint8Array<ArrayBuffer>;
    for (const size of [Math.floor(whole.length / 2), whole.length - 1, 0]) {
      const message = `${path} is cut short: it has ${size} bytes, and onnx/${graph}.onnx has weights in it up to byte ${whole.length}.`;
      const short = new Map(files).set(path, whole.slice(0, size));
      for (const open of [chosenFolder, packed]) expect(await refusal(short, open)).toBe(message);
    }
  });

  it('that is longer than its graph needs is read', async () => {
    const files = exportFiles(EXPORT);
    const whole = files.get('onnx/embed_tokens.onnx_data') as Uint8Array<ArrayBuffer>;
    expect((await gathered(files.set('onnx/embed_tokens.onnx_data', new Uint8Array([...whole, 0, 0])))).sessions).toHaveProperty(
      'embed_tokens',
    );
  });

  it('whose server tells a length before it unpacks is not taken for short', async () => {
    expect((await gathered(exportFiles(EXPORT), packed)).sessions).toHaveProperty('vision_encoder');
  });

  it('counts as verified when all of them have a checksum, in the manifest, and not otherwise', async () => {
    const files = exportFiles(EXPORT);
    expect((await gathered(files)).verified).toBe(false);
    expect((await gathered(new Map(files).set('manifest.json', manifestOf(files)))).verified).toBe(true);
    // A graph that the manifest lists, with a weight file that it does not.
    const fewer = new Map([...files].filter(([path]) => path !== 'onnx/vision_encoder.onnx_data_2'));
    expect((await gathered(new Map(files).set('manifest.json', manifestOf(fewer)))).verified).toBe(false);
  });
});

describe('a small file', () => {
  it.each(['manifest.json', 'config.json', 'generation_config.json', 'preprocessor_config.json', 'tokenizer_config.json'])(
    '%s is not read beyond four mebibytes',
    async (path) => {
      const files = exportFiles(EXPORT);
      const blank = (bytes: number) => new Uint8Array(bytes).fill(0x20);
      const attempt = gathered(new Map(files).set(path, blank(4 * 2 ** 20 + 1)));
      await expect(attempt).rejects.toMatchObject({
        value: { code: 'BAD_MODEL', message: expect.stringContaining(`${path} is larger than`) as string },
      });
    },
  );
});
