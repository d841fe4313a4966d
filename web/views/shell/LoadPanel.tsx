// The model's state: what it costs before, one bar while it loads (bytes first, then named phases), what it runs on after.
import { useEffect, useState } from 'react';
import { type ModelCost, modelCost, RUNTIME_BYTES } from '../../embedded-model';
import { loadModel, stop, unloadModel } from '../../session';
import { isLoading, type ModelState, useModel } from '../../stores/model-store';
import { useSettings } from '../../stores/settings-store';
import { useBusy } from '../../stores/busy';
import { en } from '../../strings/en';
import styles from './LoadPanel.module.css';

export function LoadPanel() {
  const model = useModel((store) => store.model);
  const busy = useBusy();
  if (isLoading(model)) return <Loading model={model} />;
  return (
    <div className={styles['panel']} data-screen-only>
      {model.phase === 'ready' ? <Ready model={model} /> : <Cost />}
      {model.phase === 'ready' ? (
        <button type="button" className="button button-quiet" disabled={busy} onClick={unloadModel}>
          {en.model.unload}
        </button>
      ) : (
        <button type="button" className="button button-quiet" disabled={busy} onClick={() => void loadModel()}>
          {en.model.load}
        </button>
      )}
    </div>
  );
}

function Ready({ model }: { readonly model: Extract<ModelState, { phase: 'ready' }> }) {
  const kind = model.device.kind === 'webgpu' ? 'WebGPU' : 'WASM';
  return (
    <p className={styles['words']}>
      <strong>{model.model.name}</strong>, {model.model.dtype}, {kind}, {en.model.readyIn(model.ms)}
    </p>
  );
}

function Cost() {
  const dtype = useSettings((store) => store.dtype);
  const [cost, setCost] = useState<ModelCost | 'unknown' | null>(null);
  useEffect(() => {
    let gone = false;
    modelCost(dtype).then(
      (found) => gone || setCost(found),
      () => gone || setCost('unknown'),
    );
    return () => void (gone = true);
  }, [dtype]);
  return (
    <p className={styles['words']}>
      {cost === 'unknown' ? en.model.unknown : cost && en.run.fetches(cost.bytes, RUNTIME_BYTES, cost.licence)} {en.run.private}
    </p>
  );
}

function Loading({ model }: { readonly model: ModelState }) {
  const bytes = model.phase === 'downloading' && model.total > 0 ? model : null;
  return (
    <div className={styles['loading']}>
      <div className={styles['label']}>
        <span>{en.model.phases[model.phase]}</span>
        {bytes !== null && <span>{en.model.bytes(bytes.loaded, bytes.total)}</span>}
      </div>
      <progress
        className={styles['bar']}
        aria-label={en.model.settling}
        aria-valuetext={bytes === null ? en.model.phases[model.phase] : en.model.bytes(bytes.loaded, bytes.total)}
        {...(bytes === null ? {} : { value: bytes.loaded, max: bytes.total })}
      />
      <button type="button" className="button button-quiet" onClick={stop}>
        {en.model.cancel}
      </button>
    </div>
  );
}
