// The model chooser: what there is, what each model costs and whether this device can hold it, before anything is downloaded.
import { useEffect, useState } from 'react';
import { fault } from '../../src/errors';
import { RUNTIME_BYTES } from '../embedded-model';
import { useSession } from '../session/context';
import type { Session } from '../session/session';
import type { ModelRequest } from '../stores/page-store';
import { modelsText } from '../strings/models';
import { Boundary } from '../ui/Boundary';
import { Dialog } from '../ui/Dialog';
import { ErrorCard } from '../views/shell/ErrorCard';
import { droppedFolder, folderFromEntry } from './folder';
import { lookAway, useInspection } from './inspection';
import { DeviceSummary } from './DeviceSummary';
import styles from './ModelDialog.module.css';
import { ModelOptions } from './ModelOptions';
import { openChooser } from './open-chooser';
import { StoredModels } from './StoredModels';
import { takeFolder } from './ways';

export function ModelDialog({ request }: { readonly request: ModelRequest }) {
  const session = useSession();
  const entries = useInspection((state) => state.entries);
  const [isOver, setIsOver] = useState(false);
  const problem = useInspection((state) => state.problem);
  useEffect(() => {
    void openChooser(session, request);
    return () => lookAway(session);
  }, [session, request]);
  return (
    <Dialog title={modelsText.title} width="medium" onClose={() => session.page.getState().setModelRequest(null)}>
      <div
        className={styles['content']}
        data-over={isOver}
        // What is dropped on the chooser is a model: the page beneath must not take it for a picture.
        onDragEnter={(event) => event.stopPropagation()}
        onDragOver={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setIsOver(true);
        }}
        onDragLeave={(event) => {
          event.stopPropagation();
          setIsOver(false);
        }}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setIsOver(false);
          drop(session, event.dataTransfer);
        }}
      >
        <p className={styles['intro']}>
          {modelsText.intro} {modelsText.runtime(RUNTIME_BYTES)}
        </p>
        <DeviceSummary />
        {problem !== null && <ErrorCard error={problem} onRetry={() => void openChooser(session, request)} />}
        {entries === null && problem === null && <p className="note">{modelsText.opening}</p>}
        {entries !== null && <ModelOptions entries={entries} after={request.after} />}
        <Boundary part={modelsText.stored.title}>
          <StoredModels />
        </Boundary>
      </div>
    </Dialog>
  );
}

function drop(session: Session, transfer: DataTransfer): void {
  const dropped = droppedFolder(transfer);
  void takeFolder(session, () => {
    if (dropped === null) throw fault('BAD_INPUT', modelsText.folder.notFolder, modelsText.folder.notFolderAction);
    return folderFromEntry(dropped);
  });
}
