// Which corruptions of a picture there are, how strong each can be, and in which chance plays a part.

/** How a picture is corrupted. */
export type Corruption =
  /** Gaussian noise of this deviation, where 1 is the whole range from black to white, not clipped: 0..10. */
  | { readonly kind: 'noise'; readonly strength: number }
  /** Gaussian blur whose deviation is this share of the shorter side: 0..0.25. */
  | { readonly kind: 'blur'; readonly strength: number }
  /** This share of the image tokens, drawn evenly, painted grey: 0..1. */
  | { readonly kind: 'mask'; readonly strength: number }
  /** Blended with plain grey, of which this is the share: 0..1. */
  | { readonly kind: 'grey'; readonly strength: number }
  /** Blended with another picture, stretched to the size of this one, of which this is the share: 0..1. */
  | { readonly kind: 'other'; readonly strength: number };

export type CorruptionKind = Corruption['kind'];

/** The largest strength of each, and whether one draw differs from another. */
export const CORRUPTIONS: Readonly<Record<CorruptionKind, { readonly most: number; readonly random: boolean }>> = {
  noise: { most: 10, random: true },
  blur: { most: 0.25, random: false },
  mask: { most: 1, random: true },
  grey: { most: 1, random: false },
  other: { most: 1, random: false },
};
