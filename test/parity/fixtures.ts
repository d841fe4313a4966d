// Reads the golden numbers that models/recipes/golden/ wrote (how arrays are encoded: models/recipes/golden/arrays.py).
import type { RgbPicture } from '../../src/image/resize';

/** An array as written: float32, deflated bytes, or signed bytes times a scale. */
export type Encoded =
  | { readonly shape: readonly number[]; readonly f32: string }
  | { readonly shape: readonly number[]; readonly u8z: string }
  | { readonly shape: readonly number[]; readonly i8: string; readonly scale: number };

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** The numbers of a float array. */
export function floats(array: Encoded): Float32Array {
  if ('f32' in array) return new Float32Array(bytesOf(array.f32).buffer);
  if ('i8' in array) return Float32Array.from(new Int8Array(bytesOf(array.i8).buffer), (byte) => byte * array.scale);
  throw new TypeError('These are bytes, not floats.');
}

/** A picture [height, width, 3]. */
export async function picture(array: Encoded): Promise<RgbPicture> {
  if (!('u8z' in array)) throw new TypeError('These are floats, not a picture.');
  const inflated = new Blob([bytesOf(array.u8z)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const [height, width] = array.shape;
  return { width, height, data: new Uint8Array(await new Response(inflated).arrayBuffer()) };
}

export interface ImagesFile {
  readonly pictures: readonly { readonly name: string; readonly minPixels: number; readonly maxPixels: number; readonly source: Encoded }[];
}

export interface PromptsFile {
  readonly cases: readonly {
    readonly form: 'direct' | 'cot' | 'latent' | 'release';
    readonly question: string;
    readonly think: number;
    readonly grid: readonly [number, number, number];
    readonly ids: readonly number[];
    readonly positions: readonly (readonly number[])[];
    readonly nextPosition: number;
  }[];
  readonly withoutImage: {
    readonly text: string;
    readonly ids: readonly number[];
    readonly positions: readonly (readonly number[])[];
    readonly nextPosition: number;
  };
  readonly tail: readonly number[];
  readonly image: readonly number[];
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

export interface FeaturesFile {
  readonly embeddingStd: number;
  readonly features: Readonly<Record<string, Encoded>>;
}

export interface ReadingsFile {
  readonly picture: string;
  readonly question: string;
  readonly prefixLength: number;
  readonly topK: number;
  readonly cases: readonly {
    readonly name: string;
    readonly layout: 'after-each' | 'after-all' | 'before-each';
    readonly patches: readonly (readonly number[])[];
    readonly positions: readonly (readonly number[])[];
    readonly latentRows: readonly number[];
    readonly rows: readonly number[];
    readonly topLogits: Encoded;
    readonly topIds: readonly (readonly number[])[];
    readonly logSumExp: Encoded;
    readonly entropy: Encoded;
    readonly hidden: Encoded | null;
    readonly attention: Encoded;
    readonly rewards: readonly {
      readonly scoredRows: 'block-ends' | 'latents' | 'latents-and-end';
      readonly rewardForm: 'paper' | 'code';
      readonly rows: readonly number[];
      readonly reward: number;
    }[];
    readonly latents: Encoded | null;
  }[];
}

export interface DependenceFile {
  readonly picture: string;
  readonly question: string;
  readonly ids: readonly number[];
  readonly patches: readonly (readonly number[])[];
  readonly strength: number;
  readonly noise: Encoded;
  readonly withImage: readonly number[];
  readonly withNoise: readonly (readonly number[])[];
}

export interface AnswersFile {
  readonly think: number;
  readonly cases: readonly {
    readonly question: string;
    readonly picture?: Encoded;
    readonly answers: Readonly<
      Record<'direct' | 'cot' | 'latent', { readonly ids: readonly number[]; readonly text: string; readonly logprobs: Encoded }>
    >;
  }[];
}

export interface RunsFile {
  readonly picture: string;
  readonly question: string;
  readonly runs: Readonly<
    Record<
      string,
      {
        readonly settings: Readonly<Record<string, number | string | null>>;
        readonly noise: Encoded;
        readonly initialPatches: readonly (readonly number[])[];
        readonly initialReward: number;
        readonly steps: readonly {
          readonly step: number;
          readonly reward: number;
          readonly bestReward: number;
          readonly unperturbed: number;
          readonly candidates: readonly {
            readonly latent: number;
            readonly patches: readonly number[];
            readonly reward: number;
            readonly accepted: boolean;
          }[];
          readonly patches: readonly (readonly number[])[];
          readonly updateNorm: number;
          readonly driftFromStart: number;
          readonly attention: Encoded;
        }[];
        readonly bestReward: number;
        readonly bestStep: number;
        readonly bestPatches: readonly (readonly number[])[];
        readonly bestLatents: Encoded;
        readonly answer: readonly number[];
        readonly answerText: string;
      }
    >
  >;
}

/** Runs of interleaved latent steps on one picture and question (models/recipes/golden/interleaved_section.py). */
export interface InterleavedFile {
  readonly picture: string;
  readonly question: string;
  /** Most tokens of an answer. */
  readonly limit: number;
  readonly topK: number;
  readonly runs: Readonly<
    Record<
      string,
      {
        readonly settings: Readonly<Record<string, number | string | boolean>>;
        readonly plan: Readonly<Record<string, number | string | boolean>>;
        readonly promptRows: number;
        /** With all that was appended. */
        readonly rows: number;
        readonly steps: readonly {
          readonly picks: readonly number[];
          readonly attention: Encoded;
          readonly hidden: Encoded;
          /** Least relative distance between neighbours among the picks and the first that was not picked. */
          readonly gap: number | null;
          readonly shares: Readonly<Record<'image' | 'inserted' | 'latents' | 'text' | 'entropy', number>>;
        }[];
        readonly topLogits: Encoded;
        readonly topIds: readonly number[];
        readonly logSumExp: number;
        readonly answer: readonly number[];
      }
    >
  >;
}

const files = import.meta.glob<unknown>('./*.json', { import: 'default' });

/** One golden file. */
export async function golden<T>(name: string): Promise<T> {
  const file = files[`./${name}.json`];
  if (!file) throw new Error(`test/parity/${name}.json is missing; write it with models/recipes/golden.`);
  return (await file()) as T;
}
