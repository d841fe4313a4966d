// What can be asked of a thought after its run, and the events of the answer: nothing of it is part of a recording.
import type { Picture, RunRequest } from '../engine/run-source';
import type { EngineError } from '../errors';
import type { RunEventOf } from '../events/events';
import type { Corruption } from '../dependence/corruptions';

/** One thing to find out. */
export type Exploration =
  | {
      readonly kind: 'landscape';
      /** Two random directions; or the one that the latents moved in and a random one. */
      readonly directions: 'random' | 'travel';
      /** Points along a side of the grid: an odd number, 3..21. */
      readonly points: number;
      /** How far the grid reaches from the decoded latents, in steps as long as noise of sigma 1: above 0, at most 100. */
      readonly extent: number;
      /** The answer whose log-probability stands beside the reward; null: none. The run's own counts with the tokens that it had. */
      readonly scored: { readonly kind: 'own' } | { readonly kind: 'text'; readonly text: string } | null;
      readonly seed: number;
    }
  | {
      readonly kind: 'dependence';
      readonly corruption: Corruption;
      /** 1..16; corruptions without chance have one. */
      readonly draws: number;
      readonly seed: number;
      /** What `other` blends with. */
      readonly other?: Picture;
    }
  /** Attention of one latent over the image tokens, of every layer and head; `step` null: in the decoded sequence. */
  | { readonly kind: 'heads'; readonly step: number | null; readonly latent: number }
  | { readonly kind: 'map'; readonly basis: MapBasis };

/** A run and what to find out about it. */
export interface ExploreRequest {
  readonly runId: string;
  /** The run as it was asked. */
  readonly run: RunRequest;
  /** The model that made it: another one has another thought. */
  readonly model: { readonly name: string; readonly id: string; readonly dtype: string };
  /** Token ids of its answer. */
  readonly answer: readonly number[];
  readonly ask: Exploration;
}

/** The plane before anything of it is measured. */
export interface Landscape {
  /** Coordinates of the grid's columns and rows, ascending, in steps as long as noise of sigma 1; 0 are the decoded latents. */
  readonly axis: readonly number[];
  /** The latents after each step, as far as they are kept, projected on the plane: [first, second] coordinate. */
  readonly path: readonly (readonly [number, number])[];
  /** What is scored beside the reward; null: nothing. */
  readonly scored: string | null;
}

/** The points of one row of the grid: the second coordinate is the same, the first as in `axis`. */
export interface LandscapeRow {
  readonly row: number;
  /** Null for a method without a reward. */
  readonly rewards: readonly number[] | null;
  /** ln of the probability of all tokens of what is scored; null where nothing is. */
  readonly logprobs: readonly number[] | null;
}

/** What the components are made from: all points; latents and words; or latents alone. The others are shown in the same plane. */
export type MapBasis = 'all' | 'text' | 'latents';

export type MapPoint = readonly [x: number, y: number];

export interface LatentMap {
  /** By step, as far as they are kept, then by latent. */
  readonly latents: readonly (readonly MapPoint[])[];
  /** What was decoded, by latent. */
  readonly decoded: readonly MapPoint[];
  /** The question's tokens in order. */
  readonly words: readonly { readonly text: string; readonly at: MapPoint }[];
  /** By image token. */
  readonly image: readonly MapPoint[];
  /** The share of the basis's variance along each component, 0..1. */
  readonly shares: readonly [number, number];
}

/** Ends with exactly one of explored, failed, cancelled. */
export type ExploreEvent =
  | { readonly type: 'progress'; readonly stage: 'think' | 'measure'; readonly done: number; readonly total: number }
  /** The thought was made again from seed and settings: the reward of every step, to be compared with the run's. */
  | { readonly type: 'recreated'; readonly rewards: readonly (number | null)[] }
  | { readonly type: 'landscape'; readonly landscape: Landscape }
  | { readonly type: 'landscape-row'; readonly row: LandscapeRow }
  | RunEventOf<'dependence'>
  /** [layers, heads, image tokens] */
  | { readonly type: 'heads'; readonly layers: number; readonly heads: number; readonly attention: Float32Array }
  | { readonly type: 'map'; readonly map: LatentMap }
  | { readonly type: 'explored' }
  | { readonly type: 'failed'; readonly error: EngineError }
  | { readonly type: 'cancelled' };
