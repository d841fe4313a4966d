// The whole page takes pictures and recorded runs: dropped anywhere, or a picture pasted.
import { useEffect, useState } from 'react';
import { isBusy } from '../../session/busy';
import { useSession } from '../../session/context';
import { takeFile } from '../../session/pictures';
import type { Session } from '../../session/session';
import { importRun } from '../../session/transfer';
import { en } from '../../strings/en';
import styles from './DropTarget.module.css';

export function DropTarget() {
  const session = useSession();
  const [over, setOver] = useState(false);
  useEffect(() => {
    // dragenter and dragleave come for every element on the way: only the outermost pair counts.
    let depth = 0;
    const listen = new AbortController();
    const on = <K extends keyof DocumentEventMap>(type: K, work: (event: DocumentEventMap[K]) => void): void =>
      document.addEventListener(type, work, { signal: listen.signal });
    const end = (): void => {
      depth = 0;
      setOver(false);
    };
    on('dragenter', (event) => {
      if (!carriesFiles(event) || isBusy(session)) return;
      depth += 1;
      setOver(true);
    });
    on('dragleave', () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) end();
    });
    on('dragover', (event) => {
      if (carriesFiles(event)) event.preventDefault();
    });
    on('drop', (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      end();
      const entry = event.dataTransfer?.items[0]?.webkitGetAsEntry?.();
      if (entry?.isDirectory === true) {
        if (!isBusy(session)) session.page.getState().setModelRequest({ after: null, folder: entry as FileSystemDirectoryEntry });
        return;
      }
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) accept(session, file);
    });
    on('paste', (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find((candidate) => candidate.type.startsWith('image/'));
      if (file === undefined || isBusy(session)) return;
      event.preventDefault();
      void takeFile(session, file, file.name === 'image.png' ? en.picture.pasted : file.name);
    });
    return () => listen.abort();
  }, [session]);
  if (!over) return null;
  return (
    <div className={styles['target']} aria-hidden="true">
      <p>{en.picture.drop}</p>
    </div>
  );
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

function accept(session: Session, file: File): void {
  if (isBusy(session)) return;
  if (/\.(?:jsonl|ndjson|json)$/i.test(file.name)) void importRun(session, file);
  else void takeFile(session, file, file.name);
}
