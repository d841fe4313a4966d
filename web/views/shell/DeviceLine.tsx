// One quiet sentence: where the run on screen was made, and what this page's model runs on.
import { useModel, usePage, useRun } from '../../session/hooks';
import { en } from '../../strings/en';
import styles from './DeviceLine.module.css';

export function DeviceLine() {
  const source = useRun((run) => run.source);
  const status = useRun((run) => run.status);
  const info = useRun((run) => run.recordingInfo);
  const device = useRun((run) => run.state.started?.device ?? null);
  const verified = useRun((run) => run.state.started?.model.verified);
  const hasProblem = usePage((page) => page.problem !== null);
  const phase = useRun((run) => run.state.phase);
  const notice = useModel((model) => model.notice);
  return (
    <div className={styles['lines']}>
      <p className={styles['line']}>{sentence()}</p>
      {source === 'live' && device?.kind === 'wasm' && notice === null && <p className={styles['aside']}>{en.source.wasm}</p>}
      {source === 'live' && device?.kind === 'webgpu' && device.software && <p className={styles['aside']}>{en.source.software}</p>}
      {verified === false && <p className={styles['aside']}>{en.source.unverified}</p>}
      {notice !== null && <p className={styles['aside']}>{notice}</p>}
    </div>
  );

  function sentence() {
    if (status === 'idle') return hasProblem ? en.source.nothing : en.source.loadingRecording;
    if (source === 'recording') {
      const where = info?.device ?? device?.description;
      return (
        <>
          {where !== undefined && <>{en.source.recordedOn(where)} </>}
          <strong>{en.source.pressRun}</strong>
        </>
      );
    }
    if (device === null) return null;
    const name = device.kind === 'webgpu' ? `${device.description} (WebGPU)` : device.description;
    if (status !== 'running' && status !== 'stopping') return en.source.ranOn(name);
    return (
      <>
        {en.source.runningOn(name)} {phase !== null && <strong>{en.live.phases[phase]}</strong>}
      </>
    );
  }
}
