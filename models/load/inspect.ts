// Looks at a model without loading it: what it is, what its dtypes cost, what is here already, and what this device can hold.
import type { ModelReport } from '../../src/engine/model-report';
import type { ModelSource } from '../../src/engine/model-source';
import { judgeAll } from '../../src/engine/verdict';
import { footprint } from '../../src/engine/footprint';
import { reportDevice } from '../device/report';
import type { ModelFolder } from '../files/model-folder';
import { openFolder, type OpenOptions } from '../files/open-folder';
import { areVerified, filesOf, readPlan, weightFilesOf, weightsOf } from './plan';

/** Fetches small files alone. Throws what `readPlan` and `openFolder` throw. */
export async function inspectModel(source: ModelSource, options: OpenOptions): Promise<ModelReport> {
  const folder = await openFolder(source, options);
  try {
    return await inspectFolder(folder, options.signal);
  } finally {
    await folder.close();
  }
}

async function inspectFolder(folder: ModelFolder, signal: AbortSignal): Promise<ModelReport> {
  const [plan, device] = await Promise.all([readPlan(folder, signal), reportDevice()]);
  const types = await Promise.all(
    plan.types.map(async (type) => {
      const here = await Promise.all(filesOf(type).map((path) => folder.stored(path)));
      return {
        dtype: type.dtype,
        footprint: footprint(plan.config, weightsOf(plan, type), type.dtype, device.lazyWeights),
        stored: here.reduce((sum, bytes) => sum + bytes, 0),
        verified: areVerified(plan, weightFilesOf(type)),
      };
    }),
  );
  const { dtypes, recommended } = judgeAll(device, types);
  const preferred = dtypes.find(({ dtype, verdict }) => dtype === plan.preferred && verdict.kind === 'will-run');
  return {
    id: folder.id,
    name: plan.name,
    architecture: plan.config.architecture,
    revision: folder.revision,
    licence: plan.licence,
    dtypes,
    recommended: preferred?.dtype ?? recommended,
  };
}
