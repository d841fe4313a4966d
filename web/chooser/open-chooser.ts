// Reads what the chooser shows before anything is pressed: the catalogue, this device, the model chosen now.
import { toEngineError } from '../../src/errors';
import type { Session } from '../session/session';
import type { ModelRequest } from '../stores/page-store';
import { readCatalogue } from './catalogue';
import { inspectionOf, lookAtDevice } from './inspection';
import { startWays } from './ways';

/** Opens the chooser. What goes wrong is kept in the inspection. */
export async function openChooser(session: Session, request: ModelRequest): Promise<void> {
  const inspection = inspectionOf(session);
  inspection.setState({ problem: null, entries: null });
  try {
    const device = lookAtDevice(session);
    // Said once below, when the list is there or is not.
    device.catch(() => undefined);
    const entries = await readCatalogue();
    startWays(session, entries, request);
    inspection.setState({ entries });
    await device;
  } catch (thrown) {
    inspection.setState({ problem: toEngineError(thrown) });
  }
}
