// Looking back: export the run on screen, open one from a file, and the last runs made on this device.
import { Download, FolderOpen } from 'lucide-react';
import { useRef } from 'react';
import { forgetPastRuns, type PastRun, usePastRuns } from '../../stores/past-runs';
import { en } from '../../strings/en';
import type { ExportKind } from '../../session/export-run';
import { exportRun, importRun, openPastRun, openRecording } from '../../session/transfer';
import { useSession } from '../../session/context';
import { formatReward } from '../../../src/text/format';
import { useBusy, usePage, useRun } from '../../session/hooks';
import styles from './RunsPanel.module.css';

const EXPORTS: readonly { kind: ExportKind; label: string }[] = [
  { kind: 'run', label: en.runs.export },
  { kind: 'steps', label: en.runs.stepsCsv },
  { kind: 'tokens', label: en.runs.tokensCsv },
];

export function RunsPanel() {
  const session = useSession();
  const empty = useRun((run) => run.events.length === 0);
  const busy = useBusy();
  const past = usePastRuns();
  const recordings = usePage((page) => page.recordings);
  const file = useRef<HTMLInputElement>(null);
  return (
    <div className={styles['panel']} data-screen-only>
      <div className={styles['buttons']}>
        {EXPORTS.map(({ kind, label }) => (
          <button key={kind} type="button" className="button" disabled={empty} onClick={() => void exportRun(session, kind)}>
            <Download size={16} aria-hidden="true" />
            {label}
          </button>
        ))}
        <button type="button" className="button" disabled={busy} onClick={() => file.current?.click()}>
          <FolderOpen size={16} aria-hidden="true" />
          {en.runs.import}
        </button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".jsonl,application/jsonl,application/x-ndjson"
          aria-label={en.runs.import}
          onChange={(event) => {
            const [picked] = event.target.files ?? [];
            if (picked !== undefined) void importRun(session, picked);
            event.target.value = '';
          }}
        />
      </div>
      {recordings.length > 0 && (
        <div className={styles['past']}>
          <h3>{en.runs.recorded}</h3>
          <ul className={styles['list']}>
            {recordings.map((entry) => (
              <li key={entry.file}>
                <button type="button" className={styles['row']} disabled={busy} onClick={() => void openRecording(session, entry, 1)}>
                  <span className={styles['question']}>{entry.title}</span>
                  <span className={styles['answer']}>{en.source.recordedOn(entry.device)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className={styles['past']}>
        <h3>{en.runs.past}</h3>
        {past.length === 0 ? (
          <p className="note">{en.runs.noPast}</p>
        ) : (
          <>
            <ul className={styles['list']}>
              {past.map((run) => (
                <PastRow key={run.id} run={run} disabled={busy} />
              ))}
            </ul>
            <button type="button" className={`button button-quiet ${styles['forget']}`} onClick={() => void forgetPastRuns()}>
              {en.runs.forget}
            </button>
          </>
        )}
      </div>
    </div>
  );
}

function PastRow({ run, disabled }: { readonly run: PastRun; readonly disabled: boolean }) {
  const session = useSession();
  const when = new Date(run.startedAt);
  return (
    <li>
      <button type="button" className={styles['row']} disabled={disabled} onClick={() => void openPastRun(session, run)}>
        <span className={styles['question']} dir="auto">
          {run.question}
        </span>
        <span className={styles['answer']} dir="auto">
          {run.answer ?? en.runs.unfinished}
        </span>
        <span className={styles['facts']}>
          {session.methods.find(run.method)?.label ?? run.method}
          {run.bestReward !== null && `, ${en.runs.reward} ${formatReward(run.bestReward)}`}
          {', '}
          <time dateTime={run.startedAt}>{Number.isNaN(when.getTime()) ? run.startedAt : when.toLocaleString('en', TIME)}</time>
        </span>
      </button>
    </li>
  );
}

const TIME = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
