// Reads stored prompts with the decoder of a model folder and compares every next-token distribution with stored logits.
import type { Dtype } from '../../src/model/dtype';
import { Decoder } from '../../models/decoder/decoder';
import { Embedder } from '../../models/decoder/embedder';
import { Tokenizer } from '../../models/decoder/tokenizer';
import { describeAdapter, findAdapter, mayUseSubgroups, openDevice } from '../../models/device/adapter';
import type { QwenConfig } from '../../models/families/qwen-vl/config';
import { layOutParts } from '../../models/families/qwen-vl/prompt-rows';
import { openFolder } from '../../models/files/open-folder';
import { gather, type GraphFiles } from '../../models/load/gather';
import { readPlan } from '../../models/load/plan';
import { Runtime } from '../../models/runtime/runtime';
import { compareRow, type Followed, type Reference } from './distributions';
import { tapLogits } from './tap-logits';

export interface FollowJob {
  /** Address of the model folder; its `reference/` is what `models/recipes/smollm2` writes. */
  readonly url: string;
  readonly dtype: Dtype;
  readonly device: 'wasm' | 'webgpu';
  /** Token by token on the cache, as an answer is decoded; otherwise prompt and answer in one pass. */
  readonly stepwise: boolean;
  /** The first so many prompts. */
  readonly prompts: number;
}

/** Throws what loading throws, WRONG_NUMBERS for logits that are not finite, and an Error when a prompt's token ids differ. */
export async function follow({ url, dtype, device, stepwise, prompts }: FollowJob): Promise<Followed[]> {
  const { signal } = new AbortController();
  const folder = await openFolder({ kind: 'url', url }, { signal });
  const plan = await readPlan(folder, signal);
  const type = plan.types.find((known) => known.dtype === dtype);
  if (!type) throw new Error(`The folder has no ${dtype} files.`);
  const { tokenizer: json, sessions } = await gather(folder, plan, type, () => undefined, signal);
  const read = async ({ name, graph, data }: GraphFiles) => ({ name, bytes: new Uint8Array(await graph.arrayBuffer()), data });
  const adapter = device === 'webgpu' ? await findAdapter() : null;
  const runtime = await Runtime.open(adapter && (await openDevice(adapter, { subgroups: mayUseSubgroups(adapter), f16: true })));
  const tokenizer = new Tokenizer({ tokenizer: json['tokenizer.json'], config: json['tokenizer_config.json'] });
  const embedder = await Embedder.open(runtime, plan.config, await read(sessions['embed_tokens']));
  const attention = adapter && !describeAdapter(adapter).software ? 'fused' : 'plain';
  const decoder = await Decoder.open(runtime, plan.config, await read(sessions['decoder_model_merged']), { attention });
  const tapped = tapLogits(decoder);
  const stored = (await (await fetch(new URL('reference/reference.json', url))).json()) as Reference;
  const logits = await (await fetch(new URL('reference/logits.f32', url))).blob();
  const found: Followed[] = [];
  let at = 0;
  for (const { text, ids, tokens } of stored.prompts.slice(0, prompts)) {
    const begun = performance.now();
    const laid = layOutParts([{ kind: 'special', text, role: 'question' }], null, tokenizer, plan.config as QwenConfig);
    if (laid.ids.join() !== ids.join()) throw new Error(`The tokenizers differ: ${laid.ids.join()} in place of ${ids.join()}.`);
    // Row by row what comes before each token of the answer; the last token itself is read by nobody.
    const all = Uint32Array.from([...ids, ...tokens.slice(0, -1)]);
    const passes = stepwise ? [ids.length, ...tokens.slice(1).map(() => 1)] : [all.length];
    const rows: Float32Array[] = [];
    let past = null;
    for (let start = 0; start < all.length; start += passes[0], passes.shift()) {
      const count = passes[0];
      const embeddings = await embedder.rows(all.subarray(start, start + count));
      const positions = Int32Array.from({ length: 3 * count }, (_, i) => start + (i % count));
      const wanted = Array.from({ length: count }, (_, row) => row).filter((row) => start + row >= ids.length - 1);
      const { cache } = await decoder.run({ rows: count, embeddings, positions, past, logitRows: wanted, topK: 1, keepCache: stepwise });
      if (past) decoder.free(past);
      past = cache;
      wanted.forEach((_, i) => rows.push(tapped.last.subarray(i * stored.vocabulary, (i + 1) * stored.vocabulary)));
    }
    if (past) decoder.free(past);
    const bytes = 4 * stored.vocabulary;
    const expected = new Float32Array(await logits.slice(at * bytes, (at + tokens.length) * bytes).arrayBuffer());
    at += tokens.length;
    const compared = rows.map((row, i) => compareRow(row, expected.subarray(i * stored.vocabulary, (i + 1) * stored.vocabulary)));
    found.push({ rows: compared });
    const same = compared.filter(({ token }, i) => token === tokens[i]).length;
    const most = Math.max(...compared.map(({ divergence }) => divergence)).toExponential(1);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.info(`prompt ${found.length}: ${same} of ${tokens.length} tokens, KL at most ${most} nats, ${seconds} s`);
  }
  await decoder.close();
  return found;
}
