// A tiny deterministic "model": one recurrent state whose logits and attention depend on every row it has read.
import { fault, throwIfAborted } from '../../src/errors';
import { tokenCount } from '../../src/image/tiles';
import { createRandom, normalArray } from '../../src/math/random';
import { logSumExp, topIndices } from '../../src/math/stats';
import {
  AS_TRAINED,
  type AbortSignalLike,
  type Candidate,
  type Context,
  type LatentModel,
  type ModelImage,
  type ModelInfo,
  type Reading,
  type Row,
  type Token,
  type Want,
} from '../../src/model/latent-model';
import { featuresOf, HIDDEN, toyImage, type ToyImage } from './toy-image';

export { HIDDEN, type ToyImage };

export const VOCABULARY = 40;
const END = 0;
const CLOSING = '<end>';
/** The token that stands for an image token. */
const PLACEHOLDER = 2;

export interface ToyModel extends LatentModel {
  /** Contexts that have not been released. */
  open(): number;
  /** Every candidate that was read by `forward` and `advance`, in order. */
  readonly candidates: Candidate[];
  /** Candidates of every `forward`, in order. */
  readonly packs: number[];
}

export interface ToyOptions {
  /** Called before every pass with the number of passes so far; may throw, abort a signal or return numbers to spoil. */
  readonly onPass?: (passes: number) => void | 'spoil';
  /** Whether candidates share a pass. Default true. */
  readonly packs?: boolean;
}

/** What the toy keeps of a context. */
interface Kept {
  /** [hidden size] what the prompt adds to every state. */
  readonly base: Float32Array;
  /** [hidden size] the state after the last row. */
  readonly state: Float32Array;
  readonly nextPosition: number;
  readonly columns: number;
}

const dot = (a: Float32Array, b: Float32Array, at: number): number => a.reduce((sum, value, i) => sum + value * b[at * HIDDEN + i], 0);

export function toyModel({ onPass, packs = true }: ToyOptions = {}): ToyModel {
  const table = normalArray(createRandom(1), VOCABULARY * HIDDEN);
  const kept = new Map<Context, Kept>();
  const [candidatesRead, packsMade]: [Candidate[], number[]] = [[], []];
  const encoded = new WeakMap<ModelImage, Float32Array>();
  let [passes, evaluated, rowsRead, visionPasses] = [0, 0, 0, 0];

  const pass = (signal: AbortSignalLike, count: number): number => {
    const spoiled = onPass?.(passes) === 'spoil';
    passes += 1;
    rowsRead += count;
    throwIfAborted(signal);
    return spoiled ? Number.NaN : 0;
  };
  const logitsOf = (h: Float32Array): Float32Array => Float32Array.from({ length: VOCABULARY }, (_, id) => 0.3 * dot(h, table, id));
  const keptOf = (context: Context): Kept => {
    const found = kept.get(context);
    if (found === undefined) throw fault('INTERNAL', 'This context was released or belongs to another model.', 'Read the prompt again.');
    return found;
  };
  const embedIds = (ids: ArrayLike<number>): Float32Array =>
    Float32Array.from({ length: ids.length * HIDDEN }, (_, i) => table[ids[Math.floor(i / HIDDEN)] * HIDDEN + (i % HIDDEN)]);

  /** The state after each row: h = tanh(h/2 + embedding + base + a wave of the position), a row at a time. */
  const read = (context: Context, rows: readonly Row[]): { readonly states: Float32Array[]; readonly next: number } => {
    const { base, state, nextPosition, columns } = keptOf(context);
    let [h, next] = [state, nextPosition];
    const states = rows.map((row) => {
      let position = next;
      let embedding: Float32Array;
      if (row.kind === 'vector') embedding = row.data;
      else if (row.kind === 'token') embedding = embedIds([row.id]);
      else {
        const { image } = context;
        if (image === null || row.index >= image.length)
          throw fault('BAD_INPUT', `There is no image token ${row.index}.`, 'Ask for another.');
        embedding = image.features.subarray(row.index * HIDDEN, (row.index + 1) * HIDDEN);
        if (row.position === 'original') position = 10 + Math.floor(row.index / columns);
      }
      if (row.kind !== 'image' || row.position === 'next') next += 1;
      h = h.map((value, i) => Math.tanh(value / 2 + embedding[i] + base[i] + Math.sin(position * (i + 1)) / 10));
      return h;
    });
    return { states, next };
  };

  const readingOf = (context: Context, states: readonly Float32Array[], candidate: Candidate, want: Want, spoiled: number): Reading => {
    const logits = candidate.logitRows.map((row) => logitsOf(states[row]).map((value) => value + spoiled));
    const top = logits.map((row) => topIndices(row, want.topK));
    const { image } = context;
    const attentionRows = image === null ? [] : (candidate.attentionRows ?? []);
    return {
      topIds: Uint32Array.from(top.flat()),
      topLogits: Float32Array.from(top.flatMap((ids, row) => ids.map((id) => logits[row][id]))),
      logSumExp: Float32Array.from(logits, logSumExp),
      entropy: Float32Array.from(logits, (row) => softmax(row).reduce((sum, p) => sum - p * Math.log(p), 0)),
      attention: Float32Array.from(
        attentionRows.flatMap((row) => [
          ...softmax(Array.from({ length: image?.length ?? 0 }, (_, i) => spoiled + dot(states[row], image?.features ?? states[row], i))),
        ]),
      ),
      hidden: want.hidden === true ? Float32Array.from(candidate.logitRows.flatMap((row) => [...states[row]])) : new Float32Array(0),
    };
  };

  const keep = (facts: Omit<Context, 'branch' | 'release'>, state: Kept): Context => {
    const context: Context = {
      ...facts,
      branch: () => keep(facts, keptOf(context)),
      release: () => void kept.delete(context),
    };
    kept.set(context, state);
    return context;
  };

  const model: ToyModel = {
    info: { ...TOY_INFO, packs },
    candidates: candidatesRead,
    packs: packsMade,
    open: () => kept.size,
    counts: () => ({
      passes,
      candidates: evaluated,
      rows: rowsRead,
      visionPasses,
      visionMs: 3 * visionPasses,
      bytesReadBack: 4 * rowsRead,
      contexts: kept.size,
    }),
    encode: (text, special = false) =>
      special && text === TOY_INFO.thinkToken.text
        ? Uint32Array.of(TOY_INFO.thinkToken.id)
        : Uint32Array.from(text, (char) => 2 + ((char.codePointAt(0) ?? 0) % (VOCABULARY - 2))),
    tokenText: (id) => String.fromCharCode(0x61 + (id % 26)),
    embed: async (ids) => embedIds(ids),
    prepareImage: (picture) => toyImage(picture),

    async prefill(prompt, image, signal) {
      const text = `${prompt.system}${prompt.user.map((part) => (part.kind === 'image' ? '' : part.text)).join('')}`;
      const n = image === null ? 0 : tokenCount(image.tiles);
      const spoiled = pass(signal, text.length + n);
      const { image: seen } = prompt.reading ?? AS_TRAINED;
      const blind = image !== null && seen === 'placeholders';
      const features = blind
        ? embedIds(new Uint32Array(n).fill(PLACEHOLDER))
        : image === null
          ? new Float32Array()
          : (encoded.get(image) ?? featuresOf(image as ToyImage));
      if (image !== null && !blind && !encoded.has(image)) {
        visionPasses += 1;
        encoded.set(image, features);
      }
      const base = new Float32Array(HIDDEN);
      for (const [i, char] of [...text].entries()) base[i % HIDDEN] += ((char.codePointAt(0) ?? 0) % 7) / text.length;
      features.forEach((value, i) => (base[i % HIDDEN] += (value + spoiled) / (n || 1)));
      const columns = image?.tiles[0].columns ?? 1;
      return keep(
        {
          length: text.length + n,
          image: image && { start: 10, length: n, features, placeholder: PLACEHOLDER },
          segments: [{ role: 'question', start: 0, length: text.length + n, text }],
          closing: { rows: Array.from(model.encode(CLOSING), (id): Row => ({ kind: 'token', id })), text: CLOSING },
          appended: [],
        },
        { base, state: base, nextPosition: prompt.reading?.positions === 'sequence' ? text.length + n : text.length + columns, columns },
      );
    },

    async forward(context, candidates, want, signal) {
      if (candidates.length === 0) return [];
      packsMade.push(candidates.length);
      candidatesRead.push(...candidates);
      const all = candidates.map(({ rows }) => read(context, rows).states);
      const counts = all.map((states) => states.length);
      const together = packs
        ? pass(
            signal,
            counts.reduce((sum, count) => sum + count, 0),
          )
        : 0;
      return candidates.map((candidate, index) => {
        evaluated += 1;
        return readingOf(context, all[index], candidate, want, packs ? together : pass(signal, counts[index]));
      });
    },

    async advance(context, candidate, want, signal) {
      candidatesRead.push(candidate);
      const { states, next } = read(context, candidate.rows);
      const spoiled = pass(signal, states.length);
      evaluated += 1;
      const { length, image, segments, closing, appended } = context;
      const facts = { length: length + states.length, image, segments, closing, appended: [...appended, ...candidate.rows] };
      const longer = keep(facts, { ...keptOf(context), state: states[states.length - 1], nextPosition: next });
      return { reading: readingOf(context, states, candidate, want, spoiled), context: longer };
    },

    async *generate(context, rows, { maxNewTokens, sampling, hook }, signal): AsyncGenerator<Token> {
      const ids: number[] = [];
      while (ids.length < maxNewTokens) {
        const spoiled = pass(signal, 1);
        const followed = [...rows, ...ids.map((id): Row => ({ kind: 'token', id }))];
        const logits = logitsOf(read(context, followed).states.at(-1) ?? new Float32Array(HIDDEN));
        await hook?.(logits, ids.length);
        const id = sampling === undefined ? topIndices(logits, 1)[0] : Math.floor(sampling.random.uniform() * VOCABULARY);
        const ends = id === END && spoiled === 0;
        const text = ends ? '' : model.tokenText(id);
        yield { index: ids.length, id, text, logprob: logits[id] - logSumExp(logits) + spoiled, ends };
        if (ends) return;
        ids.push(id);
      }
    },

    async score(context, rows, tokens, signal) {
      const spoiled = pass(signal, rows.length + tokens.length);
      if (tokens.length === 0) return new Float32Array(0);
      const { states } = read(context, [...rows, ...Array.from(tokens, (id): Row => ({ kind: 'token', id }))]);
      return Float32Array.from(tokens, (id, i) => {
        const logits = logitsOf(states[rows.length - 1 + i]);
        return logits[id] - logSumExp(logits) + spoiled;
      });
    },
  };
  return model;
}

export const TOY_INFO: ModelInfo = {
  id: 'toy',
  name: 'Toy',
  verified: true,
  family: 'toy',
  architecture: 'toy',
  dtype: 'fp32',
  device: 'wasm',
  layers: 1,
  heads: 1,
  keyValueHeads: 1,
  hiddenSize: HIDDEN,
  vocabularySize: VOCABULARY,
  maxLength: 4096,
  embeddingStd: 1,
  thinkToken: { id: 1, text: '<|endoftext|>' },
  packs: true,
};

/** exp(x) / sum exp(x) */
function softmax(logits: ArrayLike<number>): Float32Array {
  const total = logSumExp(logits);
  return Float32Array.from(logits, (logit) => Math.exp(logit - total));
}
