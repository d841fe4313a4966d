// Whether a model could not be opened because its hub wants to know who asks.
import type { EngineError } from '../../src/errors';

/** True for the answers of a hub to a gated or private model, with a wrong token as well: then a private one is not there for it. */
export function wantsToken(error: EngineError): boolean {
  return error.code === 'DOWNLOAD' && /\bHTTP status (?:401|403|404, RepoNotFound)\b/.test(error.detail ?? '');
}
