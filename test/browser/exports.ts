// Small exports of every layout with PyTorch's numbers for them, and the two passes those numbers are of.
import { externalFiles } from '../../models/graph/external-files';
import { withFloatPorts } from '../../models/graph/float-ports';
import { instrumentDecoder, type InstrumentOptions } from '../../models/graph/instrument';
import { joinFiles } from '../../models/graph/joined-weights';
import { CAUSAL_MASK, INPUTS, OUTPUTS, PACKING_MASK } from '../../models/graph/ports';
import { parseConfig, type QwenConfig } from '../../models/families/qwen-vl/config';
import { loadModel } from '../../models/load/load-model';
import type { Feeds, Outputs, Runtime, Session } from '../../models/runtime/runtime';
import type { ModelSource } from '../../src/engine/model-source';
import type { Dtype } from '../../src/model/dtype';
import { onnx, type LoadedOnnx } from '../onnx';
import { floats, type Encoded } from '../parity/fixtures';

interface GoldenPass {
  readonly logits: Encoded;
  readonly hidden: Encoded;
  readonly attention: Encoded;
  /** [layers, rows, image tokens] */
  readonly attentionByLayer: Encoded;
}

/** A prompt with a picture in it, three tokens after it, and what the model makes of both. */
export interface Golden {
  readonly grid: readonly [t: number, h: number, w: number];
  readonly pixelValues: Encoded;
  readonly features: Encoded;
  readonly promptIds: readonly number[];
  readonly positions: readonly (readonly number[])[];
  readonly imageStart: number;
  readonly imageCount: number;
  readonly first: GoldenPass & { readonly rows: readonly number[] };
  readonly second: GoldenPass & { readonly ids: readonly number[]; readonly positions: readonly (readonly number[])[] };
}

interface Note {
  readonly base?: string;
  readonly aliases?: Readonly<Record<string, string>>;
}

const ROOT = new URL('/', location.href);
const BLOCKED = -1e9;
const SIDE_FILES = ['config.json', 'generation_config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const below = ({ path, data }: { readonly path: string; readonly data: Uint8Array }) => ({ path: `onnx/${path}`, data });

/** One folder of test/fixtures/exports, whose missing files come from the folder its note names, or of public/models. */
export class ExportFixture {
  private constructor(
    readonly name: string,
    readonly folder: string,
    readonly config: QwenConfig,
    readonly note: Note,
  ) {}

  static async open(name: string): Promise<ExportFixture> {
    const own = name === 'noema-tiny' ? `public/models/${name}` : `test/fixtures/exports/${name}`;
    const note = ((await json(`${own}/fixture.json`)) ?? {}) as Note;
    const folder = note.base ?? own;
    const [config, generation, processor] = await Promise.all(
      ['config', 'generation_config', 'preprocessor_config'].map((file) => json(`${folder}/${file}.json`)),
    );
    return new ExportFixture(
      name,
      own,
      parseConfig({ 'config.json': config, 'generation_config.json': generation, 'preprocessor_config.json': processor }),
      note,
    );
  }

  async golden(dtype = 'fp32'): Promise<Golden> {
    return (await json(`${this.folder}/golden${suffix(dtype, '-')}.json`)) as Golden;
  }

  /** The bytes of one of its files, such as `onnx/embed_tokens.onnx`. */
  async file(path: string): Promise<Uint8Array> {
    const own = await bytes(`${this.folder}/${path}`);
    const found = own ?? (this.note.base ? await bytes(`${this.note.base}/${this.note.aliases?.[path] ?? path}`) : null);
    if (!found) throw new Error(`the fixture ${this.name} has no ${path}`);
    return found;
  }

  /** A graph and the files its weights are in. */
  async graph(session: string, dtype = 'fp32') {
    const graph = await this.file(`onnx/${session}${suffix(dtype, '_')}.onnx`);
    const externalData = await Promise.all(
      [...externalFiles(graph, session).keys()].map(async (path) => ({ path, data: await this.file(`onnx/${path}`) })),
    );
    return { graph, externalData };
  }

  /** The fixture as a model, loaded from a folder that somebody chose. */
  async load(dtype: Dtype): Promise<LoadedOnnx> {
    const graphs = await Promise.all(
      ['embed_tokens', 'vision_encoder', 'decoder_model_merged'].map(async (session) => {
        const { graph, externalData } = await this.graph(session, dtype);
        return [{ path: `onnx/${session}${suffix(dtype, '_')}.onnx`, data: graph }, ...externalData.map(below)];
      }),
    );
    const side = await Promise.all(SIDE_FILES.map(async (path) => ({ path, data: await this.file(path) })));
    const files = [...side, ...graphs.flat()].map(({ path, data }) => ({
      path: `${this.name}/${path}`,
      file: new File([new Uint8Array(data)], path.split('/').at(-1) ?? path),
    }));
    const source: ModelSource = { kind: 'folder', name: this.name, files };
    return onnx(await loadModel({ source, dtype, device: 'wasm' }, () => undefined, new AbortController().signal));
  }

  async decoder(runtime: Runtime, dtype: string, options: InstrumentOptions = {}): Promise<Session> {
    const { graph, externalData } = await this.graph('decoder_model_merged', dtype);
    const { bytes, files } = instrumentDecoder(graph, this.config, this.name, options);
    return runtime.create(bytes, this.name, { externalData: joinFiles(externalData, files, this.name) });
  }

  /** Embeddings of the prompt, the picture's features in their place, and of the tokens after it. */
  async embeddings(runtime: Runtime, golden: Golden, dtype: string): Promise<{ prompt: Float32Array; after: Float32Array }> {
    const { graph, externalData } = await this.graph('embed_tokens', dtype);
    const session = await runtime.create(withFloatPorts(graph, 'embed_tokens').bytes, 'embed_tokens', { externalData });
    const rows = async (ids: readonly number[]): Promise<Float32Array> => {
      const feed = new runtime.ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
      return (await session.run({ input_ids: feed }, ['inputs_embeds']))['inputs_embeds'].data as Float32Array;
    };
    const prompt = (await rows(golden.promptIds)).slice();
    prompt.set(floats(golden.features), golden.imageStart * this.config.hiddenSize);
    const after = (await rows(golden.second.ids)).slice();
    await session.release();
    return { prompt, after };
  }
}

/** Both passes of a golden file through an instrumented decoder: prompt, then the tokens after it. */
export async function bothPasses(
  runtime: Runtime,
  session: Session,
  fixture: ExportFixture,
  golden: Golden,
  embeddings: { readonly prompt: Float32Array; readonly after: Float32Array },
): Promise<{ first: Outputs; second: Outputs }> {
  const presents = cacheNames(fixture.config.layers, 'present');
  const fetch = ['logits', OUTPUTS.hidden, OUTPUTS.attention];
  const columns = [golden.imageStart, golden.imageCount] as const;
  const first = await session.run(
    feedsOf(runtime, session, fixture.config, { ...golden, rows: golden.first.rows, embeddings: embeddings.prompt, past: null, columns }),
    [...fetch, ...presents],
  );
  const second = await session.run(
    feedsOf(runtime, session, fixture.config, {
      positions: golden.second.positions,
      rows: golden.second.ids.map((_, row) => row),
      embeddings: embeddings.after,
      past: presents.map((name) => first[name]),
      columns,
    }),
    fetch,
  );
  return { first, second };
}

interface PassInput {
  readonly positions: readonly (readonly number[])[];
  readonly rows: readonly number[];
  readonly embeddings: Float32Array;
  readonly past: readonly Feeds[string][] | null;
  readonly columns: readonly [start: number, count: number];
}

/** What an instrumented decoder is fed for rows after a cache. */
export function feedsOf(runtime: Runtime, session: Session, config: QwenConfig, pass: PassInput): Feeds {
  const { Tensor } = runtime.ort;
  const count = pass.positions[0].length;
  const before = pass.past?.[0].dims[2] ?? 0;
  const total = before + count;
  const int64 = (values: readonly number[], dims: readonly number[] = [values.length]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
  const causal = (rows: readonly number[]) => {
    const mask = new Float32Array(rows.length * total);
    rows.forEach((row, index) => mask.fill(BLOCKED, index * total + before + row + 1, (index + 1) * total));
    return new Tensor('float32', mask, [rows.length, total]);
  };
  const all: Record<string, Feeds[string]> = {
    inputs_embeds: new Tensor('float32', pass.embeddings, [1, count, config.hiddenSize]),
    attention_mask: new Tensor('int64', new BigInt64Array(total).fill(1n), [1, total]),
    position_ids: int64(pass.positions.flat(), [3, 1, count]),
    [INPUTS.logitRows]: int64(pass.rows),
    [INPUTS.wantAttention]: new Tensor('bool', [true], []),
    [INPUTS.givenRows]: new Tensor('float32', new Float32Array(pass.rows.length), [pass.rows.length]),
    [INPUTS.attentionRows]: int64(pass.rows),
    [INPUTS.attentionMask]: causal(pass.rows),
    [INPUTS.columns]: int64(Array.from({ length: pass.columns[1] }, (_, i) => pass.columns[0] + i)),
    [CAUSAL_MASK]: causal(Array.from({ length: count }, (_, row) => row)),
  };
  const one = [1, 1, 1, 1];
  all[PACKING_MASK] =
    session.inputType(PACKING_MASK) === 'float16' ? new Tensor('float16', new Uint16Array(1), one) : new Tensor('float32', [0], one);
  const dims = [1, config.keyValueHeads, 0, config.headSize];
  const narrow = session.inputType('past_key_values.0.key') === 'float16';
  const empty = narrow ? new Tensor('float16', new Uint16Array(), dims) : new Tensor('float32', new Float32Array(), dims);
  cacheNames(config.layers, 'past_key_values').forEach((name, index) => (all[name] = pass.past?.[index] ?? empty));
  return Object.fromEntries(Object.entries(all).filter(([name]) => session.inputNames.includes(name)));
}

export const cacheNames = (layers: number, kind: 'past_key_values' | 'present'): string[] =>
  Array.from({ length: layers }, (_, layer) => [`${kind}.${layer}.key`, `${kind}.${layer}.value`]).flat();

const suffix = (dtype: string, mark: string): string => (dtype === 'fp32' ? '' : `${mark}${dtype}`);

async function bytes(path: string): Promise<Uint8Array | null> {
  const answer = await fetch(new URL(path.replace(/^public\//, ''), ROOT)); // Vite serves that folder at the root
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
}

async function json(path: string): Promise<unknown> {
  const found = await bytes(path);
  return found ? JSON.parse(new TextDecoder().decode(found)) : undefined;
}
