// A family unlike Qwen-VL: pictures become discrete tokens of the vocabulary, rows have one position, image tokens are barred from answers.
import { fault } from '../../src/errors';
import type { RgbPicture } from '../../src/image/resize';
import { createRandom, normalArray } from '../../src/math/random';
import type { ImageTile } from '../../src/image/tiles';
import type { ModelImage, PromptSegment } from '../../src/model/latent-model';
import type { Cache } from '../../models/decoder/cache';
import type { Pass, PassResult } from '../../models/decoder/decoder';
import type { ModelConfig } from '../../models/decoder/model-config';
import { factsFromLogits } from '../../models/decoder/row-facts';
import { TextStream } from '../../models/decoder/tokenizer';
import type { Family } from '../../models/families/family';
import { OnnxModel } from '../../models/model/onnx-model';
import type { PassReader } from '../../models/model/parts';

const HIDDEN = 6;
/** Letters, then a few control tokens, then the tokens of pictures. */
const TEXT_TOKENS = 32;
const IMAGE_TOKENS = 8;
const VOCABULARY = TEXT_TOKENS + IMAGE_TOKENS;
const [END, THINK, START_OF_IMAGE, END_OF_IMAGE] = [0, 1, 2, 3];
const SIDE = 16;
const COLUMNS = 2;

const CONFIG: ModelConfig = {
  architecture: 'ToyForConditionalGeneration',
  layers: 1,
  heads: 1,
  keyValueHeads: 1,
  headSize: HIDDEN,
  hiddenSize: HIDDEN,
  vocabularySize: VOCABULARY,
  visionHeads: 1,
  maxLength: 200,
  positionAxes: 1,
};

/** The token of the code book for the brightness at the start of each image token. */
function idsOf(picture: RgbPicture): Uint32Array {
  const brightness = (token: number): number => picture.data[3 * Math.floor((token * picture.data.length) / (3 * COLUMNS ** 2))] ?? 0;
  return Uint32Array.from({ length: COLUMNS ** 2 }, (_, token) => TEXT_TOKENS + (brightness(token) % IMAGE_TOKENS));
}

/** A picture cut to a square and told in `COLUMNS` x `COLUMNS` tokens of a code book. */
class DiscreteImage implements ModelImage {
  readonly width = SIDE;
  readonly height = SIDE;
  readonly tiles: readonly ImageTile[] = [{ x: 0, y: 0, width: SIDE, height: SIDE, rows: COLUMNS, columns: COLUMNS }];

  constructor(
    readonly picture: RgbPicture,
    readonly sourceWidth: number,
    readonly sourceHeight: number,
    readonly ids: Uint32Array,
  ) {}

  noised(noise: Float32Array, strength: number): DiscreteImage {
    const ids = this.ids.map((id, i) => TEXT_TOKENS + ((id + Math.round(Math.abs(noise[i] * strength * 10))) % IMAGE_TOKENS));
    return new DiscreteImage(this.picture, this.sourceWidth, this.sourceHeight, ids);
  }

  repainted(picture: RgbPicture): DiscreteImage {
    return new DiscreteImage(picture, this.sourceWidth, this.sourceHeight, idsOf(picture));
  }
}

/** Rows read so far, and who holds them. */
interface ToyCache extends Cache {
  readonly rows: readonly Float32Array[];
}

/** Reads rows in plain arithmetic: each sees what came before it in its own candidate, by position. */
export class ToyReader implements PassReader {
  readonly config = CONFIG;
  readonly bytesReadBack = 0;
  /** Caches that have not been freed. */
  readonly held = new Set<Cache>();
  readonly passes: Pass[] = [];

  constructor(
    readonly packs: boolean,
    readonly table: Float32Array,
  ) {}

  run(pass: Pass): Promise<PassResult> {
    this.passes.push(pass);
    if (pass.positions.length !== pass.rows) throw new Error('rows of this family have one position');
    const embeddings = pass.embeddings as Float32Array;
    const past = (pass.past as ToyCache | null)?.rows ?? [];
    if (pass.past && !this.held.has(pass.past)) throw new Error('the cache has been freed');
    const states: Float32Array[] = [];
    let start = 0;
    for (const length of pass.candidates ?? [pass.rows]) {
      const before = [...past];
      for (let row = start; row < start + length; row += 1) {
        const own = embeddings.subarray(row * HIDDEN, (row + 1) * HIDDEN);
        const last = before.at(-1) ?? new Float32Array(HIDDEN);
        before.push(own.map((value, i) => Math.tanh(value + last[i] / 2 + Math.sin(pass.positions[row] * (i + 1)) / 4)));
      }
      states.push(...before.slice(past.length));
      start += length;
    }
    const logits = Float32Array.from(pass.logitRows.flatMap((row) => [...this.#logits(states[row])]));
    const cache: ToyCache | null = pass.keepCache ? { length: past.length + pass.rows, rows: [...past, ...states] } : null;
    if (cache) this.held.add(cache);
    return Promise.resolve({
      facts: factsFromLogits(logits, pass.logitRows.length, pass.topK, pass.picks ?? null),
      attention: Float32Array.from(
        (pass.attention?.rows ?? []).flatMap((row) =>
          Array.from(
            { length: (pass.attention?.end ?? 0) - (pass.attention?.start ?? 0) },
            (_, i) => Math.abs(states[row][i % HIDDEN]) / 10,
          ),
        ),
      ),
      hidden: pass.hidden ? Float32Array.from(pass.logitRows.flatMap((row) => [...states[row]])) : new Float32Array(),
      logits: pass.allLogits ? logits : new Float32Array(),
      cache,
    });
  }

  #logits(state: Float32Array): Float32Array {
    return Float32Array.from({ length: VOCABULARY }, (_, id) => {
      const score = state.reduce((sum, value, i) => sum + value * this.table[id * HIDDEN + i], 0);
      // This model would rather draw than write.
      return id >= TEXT_TOKENS ? score + 20 : score;
    });
  }

  split(_past: Cache | null, sizes: readonly unknown[]): number[][] {
    const all = sizes.map((_, index) => index);
    return this.packs ? [all] : all.map((index) => [index]);
  }

  share(cache: Cache, rows: number): Promise<Cache> {
    const shared: ToyCache = { length: rows, rows: (cache as ToyCache).rows.slice(0, rows) };
    this.held.add(shared);
    return Promise.resolve(shared);
  }

  free(cache: Cache): void {
    if (!this.held.delete(cache)) throw new Error('the cache was freed twice');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const tokenizer = {
  encode: (text: string): Uint32Array => Uint32Array.from(text, (character) => 4 + ((character.codePointAt(0) ?? 0) % (TEXT_TOKENS - 4))),
  decode: (ids: readonly number[]): string => ids.map((id) => String.fromCharCode(0x61 + (id % 26))).join(''),
  stream: (): TextStream => new TextStream(tokenizer),
};

/** Opens the family's model; its reader is there to be looked at. */
export function openToy(packs = true): OnnxModel<ToyReader> {
  const table = normalArray(createRandom(3), VOCABULARY * HIDDEN);
  const rowsOf = (ids: Uint32Array): Float32Array =>
    Float32Array.from([...ids].flatMap((id) => [...table.subarray(id * HIDDEN, (id + 1) * HIDDEN)]));
  let visionPasses = 0;
  const ownImage = (image: ModelImage): DiscreteImage => {
    if (image instanceof DiscreteImage) return image;
    throw fault('INTERNAL', 'The picture was prepared for another kind of model.', 'Run again.');
  };
  return new OnnxModel({
    decoder: new ToyReader(packs, table),
    embedder: {
      rows: (ids) => Promise.resolve(rowsOf(ids)),
      tensor: (ids) => Promise.resolve(rowsOf(ids)),
      free: () => undefined,
      close: () => Promise.resolve(),
    },
    tokenizer,
    family: {
      closing: { rows: [{ kind: 'token', id: 5 }], text: '>' },
      barred: new Set(Array.from({ length: IMAGE_TOKENS }, (_, i) => TEXT_TOKENS + i)),
      endTokenIds: new Set([END]),
      get visionPasses() {
        return visionPasses;
      },
      layOut: (prompt, image) => {
        const ids: number[] = [];
        const segments: PromptSegment[] = [];
        let place: { start: number; length: number } | null = null;
        for (const part of prompt.user) {
          const start = ids.length;
          if (part.kind === 'text') ids.push(...tokenizer.encode(part.text));
          else if (image) {
            place = { start: start + 1, length: ownImage(image).ids.length };
            ids.push(START_OF_IMAGE, ...ownImage(image).ids, END_OF_IMAGE);
          }
          const text = part.kind === 'text' ? part.text : '';
          segments.push({ role: part.kind === 'text' ? part.role : 'image', start, length: ids.length - start, text });
        }
        const positions = Int32Array.from(ids, (_, row) => row);
        return { ids: Uint32Array.from(ids), positions, nextPosition: ids.length, segments, image: place };
      },
      prepareImage: (picture) => new DiscreteImage(picture, picture.width, picture.height, idsOf(picture)),
      // Discrete image tokens have embeddings like any other: nothing else encodes the picture.
      encodeImage: (image) => {
        visionPasses += 1;
        return Promise.resolve(rowsOf(ownImage(image).ids));
      },
      close: () => Promise.resolve(),
    },
    gradient: null,
    info: {
      id: 'toy',
      name: 'Toy',
      verified: true,
      family: 'toy',
      architecture: CONFIG.architecture,
      dtype: 'fp32',
      device: 'wasm',
      layers: 1,
      heads: 1,
      keyValueHeads: 1,
      hiddenSize: HIDDEN,
      vocabularySize: VOCABULARY,
      maxLength: CONFIG.maxLength,
      embeddingStd: 1,
      thinkToken: { id: THINK, text: '<think>' },
      packs,
      gradient: false,
    },
  });
}

export const toyFamily: Family = {
  id: 'toy',
  label: 'Toy',
  configFiles: ['toy_config.json'],
  sessions: ['embed_tokens', 'decoder_model_merged'],
  recognises: (config) => (config as { model_type?: unknown }).model_type === 'toy',
  readConfig: (files) => ({
    ...CONFIG,
    maxLength: (files['toy_config.json'] as { length?: number } | undefined)?.length ?? CONFIG.maxLength,
  }),
  open: () => Promise.resolve(openToy()),
};
