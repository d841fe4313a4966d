// The model chooser's judgement: the catalogue it promises from, the dtype it offers instead, the folder it takes, the speed it shows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import type { DeviceReport } from '../../../../src/engine/model-report';
import { parseModelSource } from '../../../../src/engine/model-source';
import { type CatalogueEntry, catalogueSchema, knownLicence, outlook, textOf } from '../../../../web/chooser/catalogue';
import { folderFromEntry, folderFromInput } from '../../../../web/chooser/folder';
import { deviceFor, judgeFor } from '../../../../web/chooser/this-device';
import { wantsToken } from '../../../../web/chooser/wants-token';
import { EMBEDDED_MODEL, siteFolder } from '../../../../web/embedded-model';
import { TransferRate } from '../../../../web/lib/transfer-rate';
import { footprint } from '../../../../src/engine/footprint';
import { faultOf } from '../../../faults';

const ROOT = join(import.meta.dirname, '../../../..');
const json = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const catalogue = v.parse(catalogueSchema, json('public/models/catalogue.json'));
const entry = (name: string): CatalogueEntry => {
  const found = catalogue.find((one) => one.name === name);
  if (!found) throw new Error(`no entry ${name}`);
  return found;
};
const GPU: DeviceReport = {
  webgpu: 'hardware',
  description: 'a GPU',
  f16: true,
  maxBufferSize: 2 ** 32,
  maxBindingSize: 2 ** 32,
  lazyWeights: true,
  deviceMemory: null,
  mobile: false,
  storage: null,
  problem: null,
};

describe('catalogue', () => {
  test('the embedded model is listed first, with the bytes of its manifest', () => {
    const [first] = catalogue;
    expect(first.source).toEqual({ kind: 'site', url: EMBEDDED_MODEL });
    expect(textOf(first)).toBe('');
    const { dtypes, files, licence, defaultDtype } = json(`public/${EMBEDDED_MODEL}manifest.json`) as {
      dtypes: Record<string, { bytes: number; sessions: Record<string, { graph: string }> }>;
      files: Record<string, { bytes: number }>;
      licence: string;
      defaultDtype: string;
    };
    expect(first).toMatchObject({ licence: { name: licence }, preferred: defaultDtype, approximate: false });
    expect(Object.keys(first.dtypes).toSorted()).toEqual(Object.keys(dtypes).toSorted());
    for (const [dtype, weights] of Object.entries(first.dtypes)) {
      const graphs = Object.values(dtypes[dtype].sessions).map(({ graph }) => files[graph].bytes);
      expect(weights).toEqual({ download: dtypes[dtype].bytes, largestFile: Math.max(...graphs) });
    }
  });

  test.each([
    ['noema-tiny', `public/${EMBEDDED_MODEL}config.json`],
    ['noema-tiny-ivtlr', 'public/models/noema-tiny-ivtlr/config.json'],
    ['Qwen2.5-VL 3B Instruct', 'models/recipes/configs/qwen2_5-vl-3b.json'],
    ['Qwen2-VL 2B Instruct', 'models/recipes/configs/qwen2-vl-2b.json'],
  ])('the sizes of %s are those of its configuration', (name, path) => {
    const config = json(path) as Record<string, number> & { text_config?: Record<string, number>; vision_config: Record<string, number> };
    const text = config.text_config ?? config;
    expect(entry(name).sizes).toMatchObject({
      layers: text['num_hidden_layers'],
      keyValueHeads: text['num_key_value_heads'],
      headSize: text['hidden_size'] / text['num_attention_heads'],
      hiddenSize: text['hidden_size'],
      vocabularySize: text['vocab_size'],
      visionHeads: config.vision_config['num_heads'],
    });
  });

  test('every entry of a hub reads back from its own text, in a branch and not in a commit nobody has looked up', () => {
    for (const { source, ...rest } of catalogue.filter(({ source: { kind } }) => kind === 'hub')) {
      expect(parseModelSource(textOf({ source, ...rest }))).toEqual(source);
      expect(source).toMatchObject({ kind: 'hub', revision: 'main' });
      expect(rest.approximate).toBe(true);
    }
  });
});

test('the licence of a known model is known under any revision, and that of another is not', () => {
  const three = entry('Qwen2.5-VL 3B Instruct');
  expect(knownLicence(catalogue, parseModelSource(`${textOf(three)}@v2`))).toEqual(three.licence);
  expect(knownLicence(catalogue, parseModelSource('https://hf-mirror.com/onnx-community/Qwen2.5-VL-3B-Instruct-ONNX'))).toBeUndefined();
  expect(knownLicence(catalogue, null)).toBeUndefined();
});

describe('outlook', () => {
  test('a good GPU runs the 3B in 16 bits; without them it is q4 instead, with the reason', () => {
    expect(outlook(entry('Qwen2.5-VL 3B Instruct'), GPU)).toMatchObject({ dtype: 'q4f16', verdict: { kind: 'will-run' } });
    const single = outlook(entry('Qwen2.5-VL 3B Instruct'), { ...GPU, f16: false });
    expect(single).toMatchObject({ dtype: 'q4', verdict: { kind: 'instead', dtype: 'q4', reason: expect.stringContaining('16-bit') } });
    expect(single.need?.download).toBeGreaterThan(outlook(entry('Qwen2.5-VL 3B Instruct'), GPU).need?.download ?? Infinity);
  });

  test('where only a type of unknown size may run, that is said', () => {
    const twoB = entry('Qwen2-VL 2B Instruct');
    expect(outlook(twoB, { ...GPU, f16: false })).toMatchObject({ dtype: 'q4', need: null, verdict: { kind: 'unknown' } });
    // A phone, or a browser without WebGPU, is no question of the type.
    expect(outlook(twoB, { ...GPU, f16: false, mobile: true }).verdict.kind).toBe('cannot');
    expect(outlook(twoB, { ...GPU, f16: false, webgpu: 'none' }).verdict.kind).toBe('cannot');
  });

  test('the embedded model runs on a phone without WebGPU', () => {
    const phone = { ...GPU, webgpu: 'none', mobile: true, f16: false } as const;
    expect(outlook(entry('noema-tiny'), phone)).toMatchObject({ dtype: 'q4', verdict: { kind: 'will-run' } });
  });
});

describe('the device in force', () => {
  test('with the processor chosen there is no GPU, and where that was chosen is said', () => {
    expect(deviceFor(GPU, 'auto')).toBe(GPU);
    const { verdict } = outlook(entry('Qwen2.5-VL 3B Instruct'), deviceFor(GPU, 'wasm'));
    expect(verdict).toMatchObject({ kind: 'cannot', reason: expect.stringContaining('Settings'), action: expect.stringContaining('Best') });
  });

  test('what the makers prefer stays recommended as long as it runs', () => {
    const types = (['q4', 'q4f16'] as const).map((dtype) => ({
      dtype,
      footprint: footprint(entry('noema-tiny').sizes, { download: 4e6, largestFile: 2e6 }, dtype, true),
      stored: 0,
      verified: true,
      verdict: { kind: 'will-run', notes: [] } as const,
    }));
    const report = {
      id: 'tiny',
      name: 'tiny',
      architecture: 'a',
      revision: null,
      licence: null,
      dtypes: types,
      recommended: 'q4',
    } as const;
    expect(judgeFor(GPU, report).recommended).toBe('q4');
    expect(judgeFor(GPU, { ...report, recommended: null }).recommended).toBe('q4f16');
    expect(judgeFor({ ...GPU, f16: false }, { ...report, recommended: 'q4f16' }).recommended).toBe('q4');
  });
});

test('a hub that asks who is there wants a token; a server that is away does not', () => {
  const error = { code: 'DOWNLOAD', message: 'm', action: 'a', retry: true } as const;
  expect(wantsToken({ ...error, detail: 'https://hub.example/api/models/a/b: HTTP status 401' })).toBe(true);
  expect(wantsToken({ ...error, detail: 'https://hub.example/api/models/a/b: HTTP status 403' })).toBe(true);
  expect(wantsToken({ ...error, detail: 'https://hub.example/api/models/a/b: HTTP status 404' })).toBe(false);
  expect(wantsToken({ ...error, detail: 'https://hub.example/api/models/a/b: HTTP status 404, RepoNotFound' })).toBe(true);
  expect(wantsToken({ ...error, detail: 'https://hub.example/401/HTTP: HTTP status 4012' })).toBe(false);
  expect(wantsToken(error)).toBe(false);
});

describe('a folder from the folder dialog', () => {
  const file = (path: string): File => Object.assign(new File(['x'], path.split('/').at(-1) ?? ''), { webkitRelativePath: path });
  test('only what a model is made of is passed on, with paths below the folder', () => {
    const { name, files } = folderFromInput(
      [
        'tiny/config.json',
        'tiny/tokenizer.json',
        'tiny/chat_template.jinja',
        'tiny/LICENSE',
        'tiny/onnx/embed_tokens_q4.onnx',
        'tiny/onnx/decoder.onnx_data',
        'tiny/onnx/decoder.onnx_data_12',
        'tiny/onnx/decoder.onnx.data',
        'tiny/model.safetensors',
        'tiny/holiday.jpg',
        'tiny/.cache/old.json',
      ].map(file),
    );
    expect(name).toBe('tiny');
    expect(files.map(({ path }) => path)).toEqual([
      'config.json',
      'tokenizer.json',
      'chat_template.jinja',
      'LICENSE',
      'onnx/embed_tokens_q4.onnx',
      'onnx/decoder.onnx_data',
      'onnx/decoder.onnx_data_12',
      'onnx/decoder.onnx.data',
    ]);
  });

  test('a folder without a graph is refused by name', () => {
    expect(faultOf(() => folderFromInput([file('photos/a.jpg'), file('photos/notes.json')]))).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('photos'),
    });
  });
});

describe('a dropped folder', () => {
  const fileEntry = (name: string) => ({
    name,
    isFile: true,
    isDirectory: false,
    file: (give: (file: File) => void) => give(new File(['x'], name)),
  });
  /** Gives its children in two helpings, as browsers do with long folders. */
  const folderEntry = (name: string, children: readonly object[]): FileSystemDirectoryEntry => {
    const createReader = () => {
      const helpings = [children.slice(0, 1), children.slice(1), []];
      return { readEntries: (give: (some: readonly object[]) => void) => give(helpings.shift() ?? []) };
    };
    return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemDirectoryEntry;
  };

  test('is read to its depth, but for hidden folders and what no model needs', async () => {
    const dropped = folderEntry('tiny', [
      fileEntry('config.json'),
      fileEntry('model.safetensors'),
      folderEntry('.git', [fileEntry('index.json')]),
      folderEntry('onnx', [fileEntry('decoder.onnx'), fileEntry('decoder.onnx_data'), fileEntry('notes.md')]),
    ]);
    const { kind, name, files } = await folderFromEntry(dropped);
    expect({ kind, name }).toEqual({ kind: 'folder', name: 'tiny' });
    expect(files.map(({ path }) => path)).toEqual(['config.json', 'onnx/decoder.onnx', 'onnx/decoder.onnx_data']);
  });

  test('that never ends, or cannot be read, is refused', async () => {
    const huge = folderEntry(
      'home',
      Array.from({ length: 6000 }, (_, i) => fileEntry(`${i}.json`)),
    );
    await expect(folderFromEntry(huge)).rejects.toMatchObject({ value: { code: 'BAD_INPUT', message: expect.stringContaining('home') } });
    const locked = {
      ...folderEntry('locked', []),
      createReader: () => ({ readEntries: (_: unknown, fail: (error: Error) => void) => fail(new Error('NotAllowedError')) }),
    } as unknown as FileSystemDirectoryEntry;
    await expect(folderFromEntry(locked)).rejects.toMatchObject({
      value: { message: expect.stringContaining('locked'), detail: expect.stringContaining('NotAllowedError') },
    });
  });
});

describe('transfer rate', () => {
  test('nothing at first, then the mean of the last five seconds', () => {
    const rate = new TransferRate();
    expect(rate.add(0, 0)).toBeNull();
    expect(rate.add(500, 1e6)).toBeNull();
    expect(rate.add(1000, 2e6)).toBeCloseTo(2e6);
    for (let second = 2; second <= 10; second++) rate.add(second * 1000, 2e6 + (second - 1) * 1e7);
    expect(rate.add(10_500, 2e6 + 9.5e7)).toBeCloseTo(1e7, -6);
  });

  test('a stall shows within five seconds, and another download starts anew', () => {
    const rate = new TransferRate();
    for (let second = 0; second <= 10; second++) rate.add(second * 1000, second * 1e6);
    let last: number | null = null;
    for (let second = 11; second <= 16; second++) last = rate.add(second * 1000, 1e7);
    expect(last).toBe(0);
    expect(rate.add(17_000, 5)).toBeNull();
  });
});

test('every model that comes with the page is chosen by a text that leads to its own folder', () => {
  const site = catalogue.flatMap(({ source, ...rest }) => (source.kind === 'site' ? [{ source, ...rest }] : []));
  expect(site.map(({ name }) => name)).toEqual(['noema-tiny', 'noema-tiny-ivtlr']);
  for (const one of site) {
    expect(siteFolder(textOf(one))).toBe(one.source.url);
    const { dtypes } = json(`public/${one.source.url}manifest.json`) as { dtypes: Record<string, { bytes: number }> };
    for (const [dtype, weights] of Object.entries(one.dtypes)) expect(weights?.download).toBe(dtypes[dtype].bytes);
  }
});
