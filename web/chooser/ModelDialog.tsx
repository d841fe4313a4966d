// The model chooser: what there is, what each model costs and whether this device can hold it, before anything is downloaded.
import { useEffect } from 'react';
import { RUNTIME_BYTES } from '../embedded-model';
import { type ModelRequest, pageStore } from '../stores/page-store';
import { modelsText } from '../strings/models';
import { Boundary } from '../ui/Boundary';
import { Dialog } from '../ui/Dialog';
import { ErrorCard } from '../views/shell/ErrorCard';
import { lookAway, useInspection } from './inspection';
import { DeviceSummary } from './DeviceSummary';
import styles from './ModelDialog.module.css';
import { ModelOptions } from './ModelOptions';
import { openChooser } from './open-chooser';
import { StoredModels } from './StoredModels';

export function ModelDialog({ request }: { readonly request: ModelRequest }) {
  const entries = useInspection((state) => state.entries);
  const problem = useInspection((state) => state.problem);
  useEffect(() => {
    void openChooser(request);
    return lookAway;
  }, [request]);
  return (
    <Dialog title={modelsText.title} width="medium" onClose={close}>
      <div
        className={styles['content']}
        // What is dropped on the chooser is a model: the page beneath must not take it for a picture.
        onDragEnter={(event) => event.stopPropagation()}
        onDragLeave={(event) => event.stopPropagation()}
      >
        <p className={styles['intro']}>
          {modelsText.intro} {modelsText.runtime(RUNTIME_BYTES)}
        </p>
        <DeviceSummary />
        {problem !== null && <ErrorCard error={problem} onRetry={() => void openChooser(request)} />}
        {entries === null && problem === null && <p className="note">{modelsText.opening}</p>}
        {entries !== null && <ModelOptions entries={entries} after={request.after} />}
        <Boundary part={modelsText.stored.title}>
          <StoredModels />
        </Boundary>
      </div>
    </Dialog>
  );
}

function close(): void {
  pageStore.getState().setModelRequest(null);
}
