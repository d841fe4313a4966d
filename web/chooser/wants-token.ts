// Whether a model could not be opened because its hub wants to know who asks.
import type { EngineError } from '../../src/engine/errors';

/** True for the answers of a hub to a gated or private model, with a wrong token as well. */
export function wantsToken(error: EngineError): boolean {
  return error.code === 'DOWNLOAD' && /\bHTTP status 40[13]\b/.test(error.detail ?? '');
}
