// The work that is measured: one optimisation step after a prompt of a given length, with the prompt's cache and in the released way without it.
import type { ImageInput, Prefix, Prompt, Reading, Suffix } from '../../src/model/latent-model';
import type { Cache } from '../../models/decoder/cache';
import type { QwenModel } from '../../models/families/qwen-vl/model';
import { ropePositions, type Stretch } from '../../models/families/qwen-vl/rope';

const go = { aborted: false };
const TOP = 10;

/** A picture's size in merged tokens. */
export interface MergedGrid {
  readonly h: number;
  readonly w: number;
}

/** The think block of a step: latents, and image patches after each. */
export interface ThinkBlock {
  readonly latents: number;
  readonly patches: number;
}

const DEFAULT_BLOCK: ThinkBlock = { latents: 4, patches: 2 };

/** What both ways must agree on. */
export type StepNumbers = Readonly<Record<'attention' | 'topLogits' | 'logSumExp', Float32Array>>;

export interface Workload {
  readonly promptRows: number;
  readonly imageTokens: number;
  readonly prefix: Prefix;
  /** The think block with its patches, as the reward is computed from it. */
  readonly patched: Suffix;
  /** Rows of a step's two passes: latents alone, latents with their patches. */
  readonly stepRows: readonly [latents: number, block: number];
  /** One read-out pass over the latents and one reward pass over latents and patches, after the cached prompt. */
  step(): Promise<StepNumbers>;
  /** Reads the whole prompt as a run does, vision encoder included, and gives it back. */
  read(): Promise<void>;
  /** Reads the whole prompt into a cache, pictures and words embedded already; whoever asks gives it back with `decoder.free`. */
  cache(): Promise<Cache>;
  /** Reads the whole prompt into a cache, pictures and words embedded already, and gives it back. */
  prefill(): Promise<void>;
  /** The same two passes over the whole prompt, as the released code makes them (its second run of the vision encoder left out). */
  released(): Promise<StepNumbers>;
  release(): void;
}

/** A picture of so many merged tokens (a number: that many each way) and as much text as makes `rows` rows. */
export async function makeWorkload(
  model: QwenModel,
  rows: number,
  picture: number | MergedGrid,
  block: ThinkBlock = DEFAULT_BLOCK,
): Promise<Workload> {
  const merged = typeof picture === 'number' ? { h: picture, w: picture } : picture;
  const image = pictureOf(model, merged);
  const words = wordsOf(model, rows - merged.h * merged.w - 2);
  const prompt: Prompt = [
    { kind: 'control', text: '<|vision_start|>', role: 'frame' },
    { kind: 'image', role: 'image' },
    { kind: 'control', text: '<|vision_end|>', role: 'frame' },
    { kind: 'text', text: words, role: 'question' },
  ];
  const prefix = await model.read(prompt, image, go);
  const whole = await promptRows(model, prompt, prefix, image);
  const { latents: count, patches } = block;
  const latents = Float32Array.from({ length: count * model.info.hiddenSize }, (_, i) => 0.05 * Math.sin(i * 1.3));
  const bare = suffixOf(model, prefix, latents, 0);
  const patched = suffixOf(model, prefix, latents, patches);
  const latentRows = Array.from({ length: count }, (_, i) => i);
  const scoredRows = latentRows.map((i) => i * (1 + patches) + patches);

  const full = async (
    suffix: Suffix,
    logitRows: readonly number[],
    attentionRows: readonly number[],
  ): Promise<Pick<Reading, 'attention' | 'topLogits' | 'logSumExp'>> => {
    const { decoder, info } = model;
    const { start, length } = prefix.image as NonNullable<Prefix['image']>;
    const total = prefix.length + suffix.length;
    const embeddings = new Float32Array(total * info.hiddenSize);
    embeddings.set(whole.embeddings);
    embeddings.set(suffix.embeddings, whole.embeddings.length);
    const positions = new Int32Array(3 * total);
    for (let axis = 0; axis < 3; axis += 1) {
      positions.set(whole.positions.subarray(axis * prefix.length, (axis + 1) * prefix.length), axis * total);
      positions.set(suffix.positions.subarray(axis * suffix.length, (axis + 1) * suffix.length), axis * total + prefix.length);
    }
    const shifted = (list: readonly number[]): number[] => list.map((row) => row + prefix.length);
    const result = await decoder.run({
      rows: total,
      embeddings,
      positions,
      past: null,
      logitRows: shifted(logitRows),
      topK: TOP,
      ...(attentionRows.length > 0 ? { attention: { rows: shifted(attentionRows), start, end: start + length } } : {}),
    });
    return { ...result.facts, attention: result.attention };
  };

  const cache = async (): Promise<Cache> => {
    const rows = { rows: prefix.length, ...whole, past: null, logitRows: [prefix.length - 1], topK: 1 };
    return (await model.decoder.run({ ...rows, keepCache: true })).cache as Cache;
  };

  return {
    promptRows: prefix.length,
    imageTokens: merged.h * merged.w,
    prefix,
    patched,
    stepRows: [bare.length, patched.length],
    read: async () => {
      (await model.read(prompt, image, go)).release();
      // Nothing of it is read back: it ends when the GPU has ended.
      await model.decoder.runtime.device?.queue.onSubmittedWorkDone();
    },
    cache,
    prefill: async () => model.decoder.free(await cache()),
    step: async () => {
      const [read] = await model.extend(prefix, [bare], { logitRows: [count - 1], attentionRows: latentRows, topK: TOP }, go);
      const [scored] = await model.extend(prefix, [patched], { logitRows: scoredRows, topK: TOP }, go);
      return { attention: read.attention, topLogits: scored.topLogits, logSumExp: scored.logSumExp };
    },
    released: async () => {
      const read = await full(bare, [count - 1], latentRows);
      const scored = await full(patched, scoredRows, []);
      return { attention: read.attention, topLogits: scored.topLogits, logSumExp: scored.logSumExp };
    },
    release: () => prefix.release(),
  };
}

function pictureOf(model: QwenModel, merged: MergedGrid): ImageInput {
  const { patchSize, mergeSize, temporalPatchSize } = model.info.vision;
  const grid = { t: 1, h: merged.h * mergeSize, w: merged.w * mergeSize };
  const pixelValues = Float32Array.from({ length: grid.h * grid.w * 3 * temporalPatchSize * patchSize ** 2 }, (_, i) =>
    Math.sin(i * 0.013),
  );
  return { pixelValues, grid, width: grid.w * patchSize, height: grid.h * patchSize };
}

/** As many words as give at most so many tokens. */
function wordsOf(model: QwenModel, tokens: number): string {
  const words = 'What colour is the shape to the left of the large blue star ? '.repeat(Math.max(1, tokens)).trim().split(' ');
  const text = (count: number): string => words.slice(0, count).join(' ');
  let [fits, toomany] = [0, tokens + 1];
  while (toomany - fits > 1) {
    const middle = Math.floor((fits + toomany) / 2);
    if (model.encode(text(middle)).length <= tokens) fits = middle;
    else toomany = middle;
  }
  return text(fits);
}

/** Embeddings and positions of every row of the prompt, the picture's features in their places. */
async function promptRows(
  model: QwenModel,
  prompt: Prompt,
  prefix: Prefix,
  image: ImageInput,
): Promise<{ embeddings: Float32Array; positions: Int32Array }> {
  const { hiddenSize, vision } = model.info;
  const embeddings = new Float32Array(prefix.length * hiddenSize);
  const stretches: Stretch[] = [];
  let row = 0;
  for (const part of prompt) {
    const rows =
      part.kind === 'image'
        ? (prefix.image?.features ?? new Float32Array())
        : await model.embed(model.encode(part.text, part.kind === 'control'));
    embeddings.set(rows, row * hiddenSize);
    row += rows.length / hiddenSize;
    stretches.push(part.kind === 'image' ? { grid: image.grid, merge: vision.mergeSize } : { rows: rows.length / hiddenSize });
  }
  return { embeddings, positions: ropePositions(stretches).positions };
}

/** Latents, each followed by `patches` image tokens, on consecutive positions. */
function suffixOf(model: QwenModel, prefix: Prefix, latents: Float32Array, patches: number): Suffix {
  const { hiddenSize } = model.info;
  const features = prefix.image?.features ?? new Float32Array();
  const length = (latents.length / hiddenSize) * (1 + patches);
  const embeddings = new Float32Array(length * hiddenSize);
  // A small picture's patches come round again.
  const patchAt = (latent: number, within: number): number => ((patches * latent + within) % (features.length / hiddenSize)) * hiddenSize;
  for (let row = 0; row < length; row += 1) {
    const latent = Math.floor(row / (1 + patches));
    const within = row % (1 + patches);
    const source =
      within === 0
        ? latents.subarray(latent * hiddenSize, (latent + 1) * hiddenSize)
        : features.subarray(patchAt(latent, within), patchAt(latent, within) + hiddenSize);
    embeddings.set(source, row * hiddenSize);
  }
  return { length, embeddings, positions: Int32Array.from({ length: 3 * length }, (_, i) => prefix.nextPosition + (i % length)) };
}
