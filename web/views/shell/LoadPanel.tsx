// The model's state: which one and what it costs before, one bar while it loads, what it runs on after.
import { lazy, Suspense, useEffect, useState } from 'react';
import { EMBEDDED_MODEL, type ModelCost, modelCost, RUNTIME_BYTES, siteFolder } from '../../embedded-model';
import { useSession } from '../../session/context';
import { useAgreement, useBusy, useChosenName, useModel, useSettings } from '../../session/hooks';
import { hostToAsk } from '../../stores/chosen-model';
import { isLoading, type Kept, type ModelState } from '../../stores/model-store';
import { en } from '../../strings/en';
import { Boundary } from '../../ui/Boundary';
import styles from './LoadPanel.module.css';

const LoadProgress = lazy(async () => ({ default: (await import('./LoadProgress')).LoadProgress }));

export function LoadPanel() {
  const session = useSession();
  const model = useModel((store) => store.model);
  const busy = useBusy();
  const other = useChosenName();
  const kept = other !== null && 'kept' in model ? (model.kept ?? null) : null;
  if (isLoading(model)) {
    return (
      <Boundary part={en.model.settling}>
        <Suspense fallback={<div className={styles['loading']} />}>
          <LoadProgress model={model} />
        </Suspense>
      </Boundary>
    );
  }
  const isReady = model.phase === 'ready';
  return (
    <div className={styles['panel']} data-screen-only>
      <p className={styles['words']}>
        {isReady ? <Ready model={model} /> : other === null ? <Cost /> : <Other name={other} kept={kept} />}
      </p>
      <div className={styles['buttons']}>
        <button
          type="button"
          className="button button-quiet"
          disabled={busy}
          onClick={() => session.page.getState().setModelRequest({ after: null })}
        >
          {en.model.change}
        </button>
        <button
          type="button"
          className={kept === null ? 'button button-quiet' : 'button'}
          disabled={busy}
          onClick={isReady ? session.unloadModel : () => void session.loadModel()}
        >
          {isReady ? en.model.unload : kept === null ? en.model.load : en.model.resume}
        </button>
      </div>
    </div>
  );
}

function Ready({ model }: { readonly model: Extract<ModelState, { phase: 'ready' }> }) {
  const kind = model.device.kind === 'webgpu' ? 'WebGPU' : 'WASM';
  return (
    <>
      <strong>{model.model.name}</strong>, {model.model.dtype}, {kind}, {en.model.readyIn(model.ms)}
    </>
  );
}

/** A model that does not come with the page: what is known of it, and what a stopped download has left. */
function Other({ name, kept }: { readonly name: string; readonly kept: Kept | null }) {
  const agreed = useAgreement();
  return (
    <>
      <strong>{name}</strong>
      {agreed !== null && <>, {en.model.agreed(agreed.dtype, agreed.bytes, agreed.licence)}</>}.{' '}
      {kept !== null ? en.model.kept(kept.loaded, kept.total) : agreed === null ? en.model.asks(hostToAsk(name)) : en.run.private}
    </>
  );
}

function Cost() {
  const dtype = useSettings((store) => store.dtype);
  const model = useSettings((store) => store.model);
  const [cost, setCost] = useState<ModelCost | 'unknown' | null>(null);
  useEffect(() => {
    let gone = false;
    modelCost(siteFolder(model) ?? EMBEDDED_MODEL, dtype).then(
      (found) => gone || setCost(found),
      () => gone || setCost('unknown'),
    );
    return () => void (gone = true);
  }, [dtype, model]);
  return (
    <>
      {model !== '' && (
        <>
          <strong>{model}</strong>.{' '}
        </>
      )}
      {cost === 'unknown' ? en.model.unknown : cost && en.run.fetches(cost.bytes, RUNTIME_BYTES, cost.licence)} {en.run.private}
    </>
  );
}
