// A model on its way: one bar over all bytes with speed and time left, then the phases by name.
import { useEffect, useRef, useState } from 'react';
import { TransferRate } from '../../lib/transfer-rate';
import { useSession } from '../../session/context';
import type { ModelState } from '../../stores/model-store';
import { en } from '../../strings/en';
import { modelsText } from '../../strings/models';
import styles from './LoadPanel.module.css';

/** The numbers change this often at most, so that they can be read. */
const READOUT_MS = 500;
/** A screen reader hears of the bytes this often at most. */
const SPOKEN_MS = 15_000;
/** Below this speed a time left would only be frightening. */
const STALLED = 1000;

type Downloading = Extract<ModelState, { phase: 'downloading' }>;

export function LoadProgress({ model }: { readonly model: ModelState }) {
  const { stop } = useSession();
  const bytes = model.phase === 'downloading' && model.total > 0 ? model : null;
  return (
    <div className={styles['loading']}>
      {bytes === null ? (
        <>
          <p className={styles['label']}>{en.model.phases[model.phase]}</p>
          <progress className={styles['bar']} aria-label={en.model.settling} aria-valuetext={en.model.phases[model.phase]} />
        </>
      ) : (
        <Bytes model={bytes} />
      )}
      <button type="button" className="button button-quiet" onClick={stop}>
        {en.model.cancel}
      </button>
    </div>
  );
}

function Bytes({ model }: { readonly model: Downloading }) {
  const rate = useRate(model.received);
  const { loaded, total, received } = model;
  const spoken = useSparing(modelsText.progress.spoken(loaded, total), SPOKEN_MS);
  const before = loaded - received;
  const text = modelsText.progress;
  const facts = [
    en.model.bytes(loaded, total),
    ...(rate === null ? [] : [text.rate(rate)]),
    ...(rate === null || rate < STALLED || loaded >= total ? [] : [text.left(((total - loaded) / rate) * 1000)]),
  ];
  return (
    <>
      <p className={styles['label']}>
        <span>
          {en.model.phases.downloading}
          {before > 0 && <span className={styles['before']}> {text.before(before)}</span>}
        </span>
        <span>{facts.join(', ')}</span>
      </p>
      <progress className={styles['bar']} aria-label={en.model.settling} aria-valuetext={spoken} value={loaded} max={total} />
    </>
  );
}

/** Bytes per second, smoothed, renewed twice a second also while nothing comes: a stall shows. */
function useRate(received: number): number | null {
  const [rate, setRate] = useState<number | null>(null);
  const latest = useRef(received);
  useEffect(() => void (latest.current = received), [received]);
  useEffect(() => {
    const meter = new TransferRate();
    meter.add(performance.now(), latest.current);
    const timer = setInterval(() => setRate(meter.add(performance.now(), latest.current)), READOUT_MS);
    return () => clearInterval(timer);
  }, []);
  return rate;
}

/** The text, at most one change per `ms`. */
function useSparing(text: string, ms: number): string {
  const [shown, setShown] = useState(text);
  const latest = useRef(text);
  useEffect(() => void (latest.current = text), [text]);
  useEffect(() => {
    const timer = setInterval(() => setShown(latest.current), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return shown;
}
