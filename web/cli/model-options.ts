// The options that say which model answers and what it computes on: the same in every command that loads one.
import type { LoadRequest } from '../../src/engine/model-host';
import { DTYPE_CHOICES } from '../../src/model/dtype';
import { ADAPTERS, type AdapterChoice } from './adapter';
import { oneOf, UsageError } from './command';

/** For `parseArgs`. */
export const MODEL_OPTIONS = {
  model: { type: 'string' },
  device: { type: 'string' },
  adapter: { type: 'string' },
  dtype: { type: 'string' },
} as const;

export interface ModelOptions extends Pick<LoadRequest, 'device' | 'dtype'> {
  /** A folder of this machine, name of a model of the page, or what `parseModelSource` reads; null for the embedded model. */
  readonly model: string | null;
  /** Which WebGPU adapter the browser is started with; null where none is used. */
  readonly adapter: AdapterChoice | null;
}

const DEVICES: readonly LoadRequest['device'][] = ['auto', 'webgpu', 'wasm'];

/** Reads what `parseArgs` found. @throws UsageError for a value that is not allowed. */
export function readModelOptions(values: { readonly [Name in keyof typeof MODEL_OPTIONS]?: string | undefined }): ModelOptions {
  const device = oneOf('--device', DEVICES, values.device ?? 'auto');
  return {
    model: values.model === undefined || values.model === '' ? null : values.model,
    device,
    adapter: readAdapter(device, values.adapter),
    dtype: oneOf('--dtype', DTYPE_CHOICES, values.dtype ?? 'auto'),
  };
}

/** WASM uses no adapter: none is asked for, and none can be demanded. */
function readAdapter(device: LoadRequest['device'], given: string | undefined): AdapterChoice | null {
  const choice = oneOf('--adapter', ADAPTERS, given ?? 'auto');
  if (device !== 'wasm') return choice;
  if (given !== undefined) throw new UsageError('--adapter says where WebGPU computes: leave it out with --device wasm.');
  return null;
}
