// Two hundred spoilt models through the loader and the runtime itself: each loads or is refused in words that name a file, and none hangs.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { env } from 'onnxruntime-web/wasm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { toEngineError, type EngineError } from '../../src/errors';
import { loadModel } from '../../models/load/load-model';
import { exportFiles } from '../export-folder';
import { spoiltModel, type SpoiltModel } from '../fuzz/spoilt-models';
import { startWatchdog, type Watchdog } from '../fuzz/watchdog';

/** The first seed and how many: FUZZ_FROM=1000 FUZZ_MODELS=500 npx vitest run … looks further; FUZZ_LOG=1 prints what became of each. */
const FROM = Number(process.env['FUZZ_FROM'] ?? 0);
const MODELS = Number(process.env['FUZZ_MODELS'] ?? 200);
const AT_ONCE = 20;
/** Processor time that one model may take; whole ones take a fraction of a second. */
const SECONDS = 10;
const REFUSALS = new Set(['BAD_MODEL', 'WRONG_NUMBERS', 'OUT_OF_MEMORY', 'LIMIT_TOO_SMALL', 'NO_F16', 'INTEGRITY']);

// A hang is the watchdog's to find, by processor time; a busy machine may take a while over twenty models.
vi.setConfig({ testTimeout: 300_000 });

let watchdog: Watchdog;
beforeAll(() => {
  // Here the runtime's file comes from the disk and not from a server.
  env.wasm.wasmBinary = readFileSync(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
  // What the runtime says of a graph it refuses is in the error too.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  watchdog = startWatchdog('The spoilt model of seed', SECONDS);
});
afterAll(() => watchdog.end());

/** What loading ends with; null when the model can be used. */
async function ending({ files }: SpoiltModel): Promise<EngineError | null> {
  const chosen = [...files].map(([path, bytes]) => ({ path: `export/${path}`, file: new File([bytes], path) }));
  try {
    const source = { kind: 'folder', name: 'export', files: chosen } as const;
    const loaded = await loadModel({ source, dtype: 'auto', device: 'wasm' }, () => undefined, new AbortController().signal);
    await loaded.close();
    return null;
  } catch (error) {
    return toEngineError(error);
  }
}

const FILE = /[\w.]+\.(?:json|onnx|onnx_data(?:_\d+)?)\b|onnx\/\w+….onnx/;

test.each(Array.from({ length: MODELS / AT_ONCE }, (_, part) => FROM + part * AT_ONCE))(
  'the spoilt models from seed %i on',
  async (first) => {
    const wrong: string[] = [];
    for (let seed = first; seed < first + AT_ONCE; seed += 1) {
      const model = spoiltModel(seed);
      watchdog.watch(seed);
      const error = await ending(model);
      watchdog.watch(null);
      if (process.env['FUZZ_LOG'])
        process.stdout.write(`${seed} ${model.what} => ${error ? `${error.code}: ${error.message}` : 'loads'}\n`);
      if (error && !(REFUSALS.has(error.code) && FILE.test(error.message) && error.action !== '')) {
        wrong.push(`seed ${seed} (${model.what}): ${JSON.stringify(error)}`);
      }
    }
    expect(wrong).toEqual([]);
  },
);

test('a config with fewer tokens than the decoder has logits is refused, and the whole model loads', async () => {
  const files = new Map(exportFiles('gqa-qwen2_5-vl-untied'));
  expect(await ending({ files, what: 'nothing' })).toBeNull();
  const text = new TextDecoder().decode(files.get('config.json'));
  // Still more than the tokenizer has, and no more than there are embeddings: only the logits tell.
  files.set('config.json', new TextEncoder().encode(text.replaceAll(/"vocab_size": 768/g, '"vocab_size": 750')));
  const error = await ending({ files, what: 'vocab_size' });
  expect(error).toMatchObject({ code: 'BAD_MODEL' });
  expect(error?.message).toContain("logits for 768 tokens, the config's vocab_size is 750");
});
