// The sizes of a decoder that its graph must agree with.

/** What the model's config says its decoder must look like. */
export interface DecoderShape {
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}
