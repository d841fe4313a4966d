// Tells what this browser can run a model on, without loading one.
import { toEngineError } from '../../src/engine/errors';
import { describeAdapter, findAdapter } from './adapter';

/** What the page shows before a model is loaded. */
export interface AdapterReport {
  readonly webgpu: 'hardware' | 'software' | 'none';
  readonly description: string;
  readonly f16: boolean;
  readonly maxBufferSize: number;
  readonly problem: ReturnType<typeof toEngineError> | null;
}

/** Never throws: without WebGPU, `problem` says why and what can be done. */
export async function reportAdapter(): Promise<AdapterReport> {
  try {
    const { description, software, f16, maxBufferSize } = describeAdapter(await findAdapter());
    return { webgpu: software ? 'software' : 'hardware', description, f16, maxBufferSize, problem: null };
  } catch (error) {
    const problem = toEngineError(error);
    return { webgpu: 'none', description: problem.message, f16: false, maxBufferSize: 0, problem };
  }
}
