// What else a visitor can do when a device cannot compute a model: another dtype, the processor, another model.
import type { ReactNode } from 'react';
import type { EngineError } from '../../src/errors';
import { alternativeDtype, is16Bit, type Dtype } from '../../src/model/dtype';
import { siteFolder } from '../embedded-model';
import { useSession } from '../session/context';
import { agreementFor } from '../stores/chosen-model';
import type { SettingsStore } from '../stores/settings-store';
import { modelsText } from '../strings/models';

/** The dtypes of the models that come with the page, the smallest first. */
const EMBEDDED: readonly Dtype[] = ['q4f16', 'q4', 'fp32'];

/** Buttons of an error card. `ofRun`: the run on screen failed, and not a load. */
export function ModelOffers({ error, ofRun }: { readonly error: EngineError; readonly ofRun: boolean }): ReactNode {
  const session = useSession();
  const { device, dtype, model, choose: change } = session.settings.getState();
  const chosen = session.chosenModel.getState();
  const { started } = session.run.getState().state;
  const agreed = agreementFor(model, chosen);
  const isEmbedded = chosen.folder === null && siteFolder(model) !== null;
  const failed = (ofRun ? started?.model.dtype : undefined) ?? (dtype === 'auto' ? (agreed?.dtype ?? null) : dtype);
  // The processor computes in 32 bits.
  const onProcessor = started?.device.kind === 'wasm' || device === 'wasm';
  const embedded = EMBEDDED.filter((type) => !(ofRun && onProcessor && is16Bit(type)));
  const other = alternativeDtype(error.code, failed, agreed?.dtypes ?? (isEmbedded ? embedded : []));
  // Without any GPU in force there is nothing to compare with, and loading falls to the processor by itself unless WebGPU is asked for.
  const offersWasm = error.code === 'WRONG_NUMBERS' && !ofRun && device === 'webgpu';
  const reload = (choice: Parameters<SettingsStore['choose']>[0]): void => {
    session.unloadModel();
    change(choice);
    void session.loadModel();
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
        <button type="button" className="button" onClick={() => session.page.getState().setModelRequest({ after: null })}>
          {choose}
        </button>
      )}
    </>
  );
}
