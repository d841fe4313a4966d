// Chooses the dtype to load: the one that was requested, or what this device computes best.
import { fault } from '../../src/errors';
import type { LoadRequest } from '../../src/engine/model-host';
import { in32Bits, is16Bit, preferredDtypes, type Dtype } from '../../src/model/dtype';
import type { TrustedDevice } from '../device/select-device';
import type { ModelPlan, PlannedDtype } from './plan';

/**
 * The dtype to load. `auto` takes what the folder's author prefers, else the smallest that the device can be trusted with; a
 * 16-bit dtype is replaced by its 32-bit counterpart on a device without trusted 16-bit numbers, and `notice` hears of it; with
 * `substitute` false it does not: a person who agreed to one download is not given another. Throws BAD_MODEL when the folder
 * has not got the dtype, NO_F16 when nothing may stand in for it.
 */
export function chooseDtype(
  wanted: LoadRequest['dtype'],
  plan: ModelPlan,
  device: Pick<TrustedDevice, 'f16' | 'noHalf'>,
  notice: (message: string) => void,
  substitute = true,
): PlannedDtype {
  const find = (dtype: Dtype): PlannedDtype | undefined => plan.types.find((type) => type.dtype === dtype);
  const cannot = device.noHalf ?? 'This device cannot compute in 16-bit floating point';
  const there = plan.types.map(({ dtype }) => dtype).join(', ');
  if (wanted === 'auto') {
    const possible = preferredDtypes(device.f16);
    const order = [...possible.filter((dtype) => dtype === plan.preferred), ...possible];
    const best = order.map(find).find((type) => type !== undefined);
    if (best) return best;
    throw fault('NO_F16', `${cannot}; the folder has only ${there} files.`, 'Choose another model.');
  }
  const type = find(wanted);
  if (!type) {
    throw fault('BAD_MODEL', `The model folder has no ${wanted} files (it has: ${there}).`, 'Choose a type that the folder has.');
  }
  if (!is16Bit(wanted) || device.f16) return type;
  const instead = find(in32Bits(wanted));
  if (!instead) {
    throw fault('NO_F16', `${cannot}; the folder has no ${in32Bits(wanted)} files.`, 'Choose another type.');
  }
  if (!substitute) {
    throw fault('NO_F16', `${cannot}.`, `Load the ${instead.dtype} type instead.`);
  }
  notice(`${cannot}; the ${instead.dtype} type is loaded instead.`);
  return instead;
}

/** Whether the choice depends on 16-bit numbers: only then are they worth testing. */
export function mayUse16Bit(wanted: LoadRequest['dtype'], plan: Pick<ModelPlan, 'types' | 'preferred'>): boolean {
  if (wanted !== 'auto') return is16Bit(wanted);
  return plan.preferred === null ? plan.types.some(({ dtype }) => is16Bit(dtype)) : is16Bit(plan.preferred);
}
