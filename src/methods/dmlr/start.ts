// What a thought of DMLR starts from.
import type { LatentModel, Row } from '../../model/latent-model';

/** The think block before anything is optimised: the think token, once per latent. */
export function startingRows(model: LatentModel, latents: number): Row[] {
  return Array.from({ length: latents }, () => ({ kind: 'token', id: model.info.thinkToken.id }));
}
