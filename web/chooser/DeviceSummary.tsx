// What this device brings along, in one line; on small devices what is there for them instead.
import { useSession } from '../session/context';
import { openRecording } from '../session/transfer';
import { modelsText } from '../strings/models';
import type { DeviceReport } from '../../src/engine/model-report';
import { usePage } from '../session/hooks';
import { chooseEmbedded } from './choose';
import { useInspection } from './inspection';
import styles from './ModelDialog.module.css';

export function DeviceSummary() {
  const device = useInspection((state) => state.device);
  const text = modelsText.device;
  return (
    <>
      <p className={styles['device']}>
        <strong>{text.label}:</strong> {device === null ? text.looking : describe(device).join('; ')}
      </p>
      {device?.mobile === true && (
        <section className={styles['small']} aria-label={modelsText.small.title}>
          <p>
            <strong>{modelsText.small.title}</strong> {modelsText.small.words}
          </p>
          <WayOut />
        </section>
      )}
    </>
  );
}

/** What works everywhere: a recorded run, and the model that comes with the page. */
export function WayOut() {
  const session = useSession();
  const recording = usePage((page) => page.recordings[0]);
  return (
    <div className={styles['buttons']}>
      {recording !== undefined && (
        <button
          type="button"
          className="button"
          onClick={() => {
            session.page.getState().setModelRequest(null);
            void openRecording(session, recording, 1);
          }}
        >
          {modelsText.small.watch}
        </button>
      )}
      <button type="button" className="button" onClick={() => chooseEmbedded(session)}>
        {modelsText.small.tiny}
      </button>
    </div>
  );
}

function describe({ webgpu, description, f16, storage }: DeviceReport): string[] {
  const text = modelsText.device;
  const room = storage === null ? [] : [text.room(Math.max(0, storage.quota - storage.used))];
  if (webgpu === 'none') return [text.processor, ...room];
  return [description, webgpu === 'software' ? text.software : f16 ? text.half : text.noHalf, ...room];
}
