// What loading a model that does not come with the page asks for, once the visitor knows what it costs.
import { toEngineError } from '../../src/errors';
import type { LoadRequest } from '../../src/engine/model-host';
import { parseModelSource } from '../../src/engine/model-source';
import type { Session } from '../session/session';
import { agreementFor } from '../stores/chosen-model';
import { lookAt, lookAway } from './inspection';
import { wantsToken } from './wants-token';

/**
 * The request for the chosen model and the dtype in the settings. Null when something would be downloaded that the visitor has not
 * agreed to, or nothing fits this device: then the chooser opens with what is known, and `after` goes on when they agree. Null as well
 * after an abort. Rejects with the EngineFault that looking at the model ends with.
 */
export async function nextLoad(session: Session, signal: AbortSignal, after: () => void): Promise<LoadRequest | null> {
  const { device, dtype, model } = session.settings.getState();
  const chosen = session.chosenModel.getState();
  const source = chosen.folder ?? parseModelSource(model);
  const token = chosen.token === null ? {} : { token: chosen.token };
  const agreed = agreementFor(model, chosen);
  if (agreed !== null && (dtype === 'auto' || dtype === agreed.dtype)) return { source, dtype: agreed.dtype, device, ...token };

  const ask = (): null => {
    session.page.getState().setModelRequest({ after });
    return null;
  };
  const seen = await Promise.race([lookAt(session, source, chosen.token), whenAborted(signal)]).catch((thrown: unknown) => {
    if (signal.aborted) return null;
    if (wantsToken(toEngineError(thrown))) return ask();
    throw thrown;
  });
  if (seen === null || signal.aborted) return null;
  const type = seen.dtypes.find((one) => one.dtype === (dtype === 'auto' ? seen.recommended : dtype));
  const isHere = type !== undefined && type.verdict.kind === 'will-run' && type.stored >= type.footprint.download;
  if (isHere || (type !== undefined && source.kind === 'folder')) {
    lookAway(session);
    return { source, dtype: type.dtype, device, ...token };
  }
  return ask();
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
