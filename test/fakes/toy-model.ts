// A tiny deterministic "model": one recurrent state whose logits and attention depend on every row it has read.
import { throwIfAborted } from '../../src/errors';
import { createRandom, normalArray } from '../../src/math/random';
import { logSumExp, topIndices } from '../../src/math/stats';
import type { AbortSignalLike, LatentModel, ModelInfo, Prefix, Reading, Suffix, Token } from '../../src/model/latent-model';

export const HIDDEN = 8;
export const VOCABULARY = 40;
const END = 0;

export interface ToyModel extends LatentModel {
  /** Prefixes that have been read and not released. */
  open(): number;
  /** Every suffix that was read by `extend`, in order. */
  readonly suffixes: Suffix[];
}

export interface ToyOptions {
  /** Called before every pass with the number of passes so far; may throw, abort a signal or return numbers to spoil. */
  readonly onPass?: (passes: number) => void | 'spoil';
}

/** The state after each row: h = tanh(h/2 + embedding + prefix + a wave of the position), a row at a time. */
function states(context: Float32Array, { embeddings, positions, length }: Suffix): Float32Array[] {
  let h = context;
  return Array.from({ length }, (_, row) => {
    h = h.map((value, i) => Math.tanh(value / 2 + embeddings[row * HIDDEN + i] + context[i] + Math.sin(positions[row] * (i + 1)) / 10));
    return h;
  });
}

const dot = (a: Float32Array, b: Float32Array, at: number) => a.reduce((sum, value, i) => sum + value * b[at * HIDDEN + i], 0);

export function toyModel({ onPass }: ToyOptions = {}): ToyModel {
  const table = normalArray(createRandom(1), VOCABULARY * HIDDEN);
  const contexts = new WeakMap<Prefix, Float32Array>();
  const suffixes: Suffix[] = [];
  let [passes, rows, visionPasses, open] = [0, 0, 0, 0];

  const pass = (signal: AbortSignalLike, count: number) => {
    const spoiled = onPass?.(passes) === 'spoil';
    passes += 1;
    rows += count;
    throwIfAborted(signal);
    return spoiled ? Number.NaN : 0;
  };
  const logitsOf = (h: Float32Array) => Float32Array.from({ length: VOCABULARY }, (_, id) => 0.3 * dot(h, table, id));
  const contextOf = (prefix: Prefix) => {
    const context = contexts.get(prefix);
    if (context === undefined) throw new Error('the prefix has been released');
    return context;
  };
  const embedIds = (ids: ArrayLike<number>) =>
    Float32Array.from({ length: ids.length * HIDDEN }, (_, i) => table[ids[Math.floor(i / HIDDEN)] * HIDDEN + (i % HIDDEN)]);
  const followed = (prefix: Prefix, suffix: Suffix, ids: readonly number[]): Suffix => {
    const length = suffix.length + ids.length;
    const next = Math.max(prefix.nextPosition, ...suffix.positions.slice(0, suffix.length).map((p) => p + 1));
    const positions = Int32Array.from({ length: 3 * length }, (_, i) => {
      const row = i % length;
      return row < suffix.length ? suffix.positions[Math.floor(i / length) * suffix.length + row] : next + row - suffix.length;
    });
    return { length, positions, embeddings: Float32Array.from([...suffix.embeddings, ...embedIds(ids)]) };
  };

  const model: ToyModel = {
    info: TOY_INFO,
    suffixes,
    open: () => open,
    counts: () => ({ passes, rows, visionPasses, bytesReadBack: 4 * rows }),
    encode: (text, control = false) =>
      control && text === '<|endoftext|>'
        ? Uint32Array.of(1)
        : Uint32Array.from(text, (char) => 2 + ((char.codePointAt(0) ?? 0) % (VOCABULARY - 2))),
    tokenText: (id) => String.fromCharCode(0x61 + (id % 26)),
    embed: async (ids) => embedIds(ids),

    async read(prompt, image, signal) {
      const length = prompt.reduce((sum, part) => sum + (part.kind === 'image' ? 0 : part.text.length), 0);
      const merge = TOY_INFO.vision.mergeSize;
      const n = image === null ? 0 : (image.grid.h * image.grid.w) / merge ** 2;
      const spoiled = pass(signal, length + n);
      visionPasses += image === null ? 0 : 1;
      const chunk = image === null ? 0 : image.pixelValues.length / n;
      const features = Float32Array.from({ length: n * HIDDEN }, (_, i) => {
        const at = Math.floor(i / HIDDEN) * chunk + (i % HIDDEN) * Math.floor(chunk / HIDDEN);
        return Math.tanh(image?.pixelValues[at] ?? 0) + spoiled;
      });
      const text = prompt.map((part) => (part.kind === 'image' ? '' : part.text)).join('');
      const context = new Float32Array(HIDDEN);
      for (const [i, char] of [...text].entries()) context[i % HIDDEN] += ((char.codePointAt(0) ?? 0) % 7) / text.length;
      features.forEach((value, i) => (context[i % HIDDEN] += value / (n || 1)));
      open += 1;
      let released = false;
      const columns = image === null ? 1 : image.grid.w / merge;
      const prefix: Prefix = {
        length: length + n,
        nextPosition: length + columns,
        image: image && {
          start: 10,
          length: n,
          grid: image.grid,
          merge,
          features,
          positions: Int32Array.from(
            { length: 3 * n },
            (_, i) => 10 + (i < n ? 0 : i < 2 * n ? Math.floor((i - n) / columns) : i % columns),
          ),
        },
        segments: [{ role: 'question', start: 0, length: length + n, text }],
        release() {
          if (!released) open -= 1;
          released = true;
          contexts.delete(prefix);
        },
      };
      contexts.set(prefix, context);
      return prefix;
    },

    async extend(prefix, candidates, want, signal) {
      return candidates.map((suffix): Reading => {
        suffixes.push(suffix);
        const spoiled = pass(signal, suffix.length);
        const hidden = states(contextOf(prefix), suffix);
        const logits = want.logitRows.map((row) => logitsOf(hidden[row]).map((value) => value + spoiled));
        const top = logits.map((row) => topIndices(row, want.topK));
        const image = prefix.image;
        return {
          topIds: Uint32Array.from(top.flat()),
          topLogits: Float32Array.from(top.flatMap((ids, row) => ids.map((id) => logits[row][id]))),
          logSumExp: Float32Array.from(logits, logSumExp),
          entropy: Float32Array.from(logits, (row) => softmax(row).reduce((sum, p) => sum - p * Math.log(p), 0)),
          attention: Float32Array.from(
            (image === null ? [] : (want.attentionRows ?? [])).flatMap((row) => [
              ...softmax(
                Array.from({ length: image?.length ?? 0 }, (_, i) => spoiled + dot(hidden[row], image?.features ?? hidden[row], i)),
              ),
            ]),
          ),
          hidden: new Float32Array(0),
        };
      });
    },

    async *decode(prefix, suffix, { maxNewTokens }, signal): AsyncGenerator<Token> {
      const ids: number[] = [];
      while (ids.length < maxNewTokens) {
        const spoiled = pass(signal, 1);
        const logits = logitsOf(states(contextOf(prefix), followed(prefix, suffix, ids)).at(-1) ?? new Float32Array(HIDDEN));
        const [id] = topIndices(logits, 1);
        const ends = id === END && spoiled === 0;
        const text = ends ? '' : model.tokenText(id);
        yield { index: ids.length, id, text, logprob: logits[id] - logSumExp(logits) + spoiled, ends };
        if (ends) return;
        ids.push(id);
      }
    },

    async score(prefix, suffix, tokens, signal) {
      const spoiled = pass(signal, suffix.length + tokens.length);
      const hidden = states(contextOf(prefix), followed(prefix, suffix, [...tokens]));
      return tokens.length === 0
        ? new Float32Array(0)
        : Float32Array.from(tokens, (id, i) => {
            const logits = logitsOf(hidden[suffix.length - 1 + i]);
            return logits[id] - logSumExp(logits) + spoiled;
          });
    },
  };
  return model;
}

export const TOY_INFO: ModelInfo = {
  id: 'toy',
  name: 'Toy',
  architecture: 'toy',
  dtype: 'fp32',
  device: 'wasm',
  layers: 1,
  heads: 1,
  keyValueHeads: 1,
  hiddenSize: HIDDEN,
  vocabularySize: VOCABULARY,
  embeddingStd: 1,
  vision: {
    patchSize: 14,
    mergeSize: 2,
    temporalPatchSize: 2,
    minPixels: 3136,
    maxPixels: 1_003_520,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
  },
};

/** The probabilities exp(x) / sum exp(x). */
function softmax(logits: ArrayLike<number>): Float32Array {
  const total = logSumExp(logits);
  return Float32Array.from(logits, (logit) => Math.exp(logit - total));
}
