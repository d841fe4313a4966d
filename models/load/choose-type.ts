// Chooses the type to load: what was asked for, or what this device computes best.
import { fault } from '../../src/errors';
import type { LoadRequest } from '../../src/engine/engine';
import type { Dtype } from '../../src/model/latent-model';
import type { TrustedDevice } from '../device/select-device';
import type { ModelPlan, PlannedType } from './plan';

/** Best first where 16-bit numbers can be trusted: they halve the cache and what is read of it. */
const HALF: readonly Dtype[] = ['q4f16', 'q4', 'fp16', 'fp32'];
const SINGLE: readonly Dtype[] = ['q4', 'fp32'];
/** What stands in for a type that the device cannot compute. */
const IN_SINGLE: Partial<Record<Dtype, Dtype>> = { q4f16: 'q4', fp16: 'fp32' };

/**
 * The type to load. `auto` takes what the folder's author prefers, else the smallest that the device can be trusted with; a
 * 16-bit type gives way to its 32-bit sibling on a device without trusted 16-bit numbers, and `notice` hears of it; with
 * `substitute` false it does not: a person who agreed to one download is not given another. Throws BAD_MODEL when the folder
 * has not got the type, NO_F16 when nothing may stand in for it.
 */
export function chooseType(
  wanted: LoadRequest['dtype'],
  plan: ModelPlan,
  device: Pick<TrustedDevice, 'f16' | 'noHalf'>,
  notice: (message: string) => void,
  substitute = true,
): PlannedType {
  const find = (dtype: Dtype | null | undefined): PlannedType | undefined => plan.types.find((type) => type.dtype === dtype);
  const cannot = device.noHalf ?? 'This device cannot compute in 16-bit floating point';
  const there = plan.types.map(({ dtype }) => dtype).join(', ');
  if (wanted === 'auto') {
    const order = [plan.preferred, ...(device.f16 ? HALF : SINGLE)].filter((dtype) => device.f16 || !isHalf(dtype));
    const best = order.map(find).find((type) => type !== undefined);
    if (best) return best;
    throw fault('NO_F16', `${cannot}; the folder has only ${there} files.`, 'Choose another model.');
  }
  const type = find(wanted);
  if (!type) {
    throw fault('BAD_MODEL', `The model folder has no ${wanted} files (it has: ${there}).`, 'Choose a type that the folder has.');
  }
  if (!isHalf(wanted) || device.f16) return type;
  const instead = find(IN_SINGLE[wanted]);
  if (!instead) {
    throw fault('NO_F16', `${cannot}; the folder has no ${IN_SINGLE[wanted]} files.`, 'Choose another type.');
  }
  if (!substitute) {
    throw fault('NO_F16', `${cannot}.`, `Load the ${instead.dtype} type instead.`);
  }
  notice(`${cannot}; the ${instead.dtype} type is loaded instead.`);
  return instead;
}

/** Whether the choice depends on 16-bit numbers: only then are they worth testing. */
export function mayWantHalf(wanted: LoadRequest['dtype'], plan: Pick<ModelPlan, 'types' | 'preferred'>): boolean {
  if (wanted !== 'auto') return isHalf(wanted);
  return plan.preferred === null ? plan.types.some(({ dtype }) => isHalf(dtype)) : isHalf(plan.preferred);
}

const isHalf = (dtype: Dtype | null): boolean => dtype === 'q4f16' || dtype === 'fp16';
