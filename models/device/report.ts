// Tells what this browser can run a model on, without loading one.
import { toEngineError } from '../../src/errors';
import type { DeviceReport } from '../../src/engine/model-report';
import { describeAdapter, findAdapter } from './adapter';
import { chooseBuild } from '../runtime/ort';

/** Never throws: without WebGPU, `problem` says why and what can be done. */
export async function reportDevice(): Promise<DeviceReport> {
  return { ...(await reportAdapter()), ...reportMachine(), storage: await reportStorage() };
}

async function reportAdapter() {
  try {
    const adapter = await findAdapter();
    const { description, software, f16, maxBufferSize } = describeAdapter(adapter);
    return {
      webgpu: software ? ('software' as const) : ('hardware' as const),
      description,
      f16,
      maxBufferSize,
      maxBindingSize: adapter.limits.maxStorageBufferBindingSize,
      problem: null,
    };
  } catch (error) {
    const problem = toEngineError(error);
    return { webgpu: 'none' as const, description: problem.message, f16: false, maxBufferSize: 0, maxBindingSize: 0, problem };
  }
}

/** What the platform's types do not know yet, or not in every browser. */
interface Hints {
  /** GiB, rounded and capped by the browser. */
  readonly deviceMemory?: number;
  readonly userAgentData?: { readonly mobile: boolean };
}

function reportMachine() {
  const { deviceMemory, userAgentData } = navigator as Hints;
  // iPads call themselves Macs; a Mac has no touch screen, but a worker cannot ask for touch points, so they count as Macs there.
  const mobile = userAgentData?.mobile ?? /Android|iPhone|iPad|iPod|Mobile/.test(navigator.userAgent);
  return {
    lazyWeights: chooseBuild('webgpu') === 'jspi',
    deviceMemory: deviceMemory === undefined ? null : deviceMemory * 2 ** 30,
    mobile,
  };
}

async function reportStorage(): Promise<DeviceReport['storage']> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined ? null : { quota, used: usage ?? 0 };
  } catch {
    return null;
  }
}
