// The whole page takes pictures and recorded runs: dropped anywhere, or a picture pasted.
import { useEffect, useState } from 'react';
import { takeFile } from '../../pictures';
import { isBusy } from '../../stores/busy';
import { pageStore } from '../../stores/page-store';
import { en } from '../../strings/en';
import { importRun } from '../../transfer';
import styles from './DropTarget.module.css';

export function DropTarget() {
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
      if (!carriesFiles(event) || isBusy()) return;
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
        if (!isBusy()) pageStore.getState().setModelRequest({ after: null, folder: entry as FileSystemDirectoryEntry });
        return;
      }
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) accept(file);
    });
    on('paste', (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find((candidate) => candidate.type.startsWith('image/'));
      if (file === undefined || isBusy()) return;
      event.preventDefault();
      void takeFile(file, file.name === 'image.png' ? en.picture.pasted : file.name);
    });
    return () => listen.abort();
  }, []);
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

function accept(file: File): void {
  if (isBusy()) return;
  if (/\.(?:jsonl|ndjson|json)$/i.test(file.name)) void importRun(file);
  else void takeFile(file, file.name);
}
