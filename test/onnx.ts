// A loaded model as what every ONNX export is opened as, so that tests and benchmarks reach its decoder.
import type { LoadedModel } from '../models/load/load-model';
import { OnnxModel } from '../models/model/onnx-model';

/** A loaded model whose decoder can be reached. */
export type LoadedOnnx = LoadedModel & { readonly model: OnnxModel };

/** The model as what every ONNX export is opened as. */
export function onnx(loaded: LoadedModel): LoadedOnnx {
  const { model } = loaded;
  if (!(model instanceof OnnxModel)) throw new TypeError('the model is no ONNX export');
  return { ...loaded, model };
}
