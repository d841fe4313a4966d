// What else a visitor can do when a device cannot compute a model: another type, the processor, another model.
import type { ReactNode } from 'react';
import type { EngineError } from '../../src/errors';
import { alternativeDtype, is16Bit, type Dtype } from '../../src/model/dtype';
import { loadModel, unloadModel } from '../session';
import { agreementFor, chosenModel } from '../stores/chosen-model';
import { pageStore } from '../stores/page-store';
import { runStore } from '../stores/run-store';
import { settingsStore } from '../stores/settings-store';
import { modelsText } from '../strings/models';

/** The types of the model that comes with the page, the smallest first. */
const EMBEDDED: readonly Dtype[] = ['q4f16', 'q4', 'fp32'];

/** Buttons of an error card. `ofRun`: the run on screen failed, and not a load. */
export function ModelOffers({ error, ofRun }: { readonly error: EngineError; readonly ofRun: boolean }): ReactNode {
  const { device, dtype, model } = settingsStore().getState();
  const chosen = chosenModel.getState();
  const agreed = agreementFor(model, chosen);
  const isEmbedded = chosen.folder === null && model === '';
  const failed =
    (ofRun ? runStore.getState().state.started?.model.dtype : undefined) ?? (dtype === 'auto' ? (agreed?.dtype ?? null) : dtype);
  // The processor computes in 32 bits.
  const onProcessor = runStore.getState().state.started?.device.kind === 'wasm' || device === 'wasm';
  const embedded = EMBEDDED.filter((type) => !(ofRun && onProcessor && is16Bit(type)));
  const other = alternativeDtype(error.code, failed, agreed?.dtypes ?? (isEmbedded ? embedded : []));
  // Without any GPU in force there is nothing to compare with, and loading falls to the processor by itself unless WebGPU is asked for.
  const offersWasm = error.code === 'WRONG_NUMBERS' && !ofRun && device === 'webgpu';
  const reload = (change: Parameters<ReturnType<ReturnType<typeof settingsStore>['getState']>['choose']>[0]): void => {
    unloadModel();
    settingsStore().getState().choose(change);
    void loadModel();
  };
  const text = modelsText.offers;
  const choose = error.code === 'STORAGE_FULL' ? text.stored : error.code === 'OUT_OF_MEMORY' ? text.smaller : text.choose;
  return (
    <>
      {other !== null && (
        <button type="button" className="button" onClick={() => reload({ dtype: other })}>
          {text.dtype(other)}
        </button>
      )}
      {offersWasm && (
        <button type="button" className="button" onClick={() => reload({ device: 'wasm' })}>
          {text.wasm}
        </button>
      )}
      {(error.code === 'OUT_OF_MEMORY' || (other === null && !offersWasm)) && (
        <button type="button" className="button" onClick={() => pageStore.getState().setModelRequest({ after: null })}>
          {choose}
        </button>
      )}
    </>
  );
}
