// Reads what the chooser shows before anything is pressed: the catalogue, this device, the model chosen now.
import { toEngineError } from '../../src/errors';
import type { ModelRequest } from '../stores/page-store';
import { readCatalogue } from './catalogue';
import { inspection, lookAtDevice } from './inspection';
import { startWays } from './ways';

/** Opens the chooser. What goes wrong is kept in the inspection. */
export async function openChooser(request: ModelRequest): Promise<void> {
  inspection.setState({ problem: null, entries: null });
  try {
    const device = lookAtDevice();
    // Said once below, when the list is there or is not.
    device.catch(() => undefined);
    const entries = await readCatalogue();
    startWays(entries, request);
    inspection.setState({ entries });
    await device;
  } catch (thrown) {
    inspection.setState({ problem: toEngineError(thrown) });
  }
}
