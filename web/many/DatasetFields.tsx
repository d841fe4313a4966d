// The choice of a dataset: the bundled samples, or files of the visitor's own; what it turned out to be.
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { DatasetSource } from '../../workers/evaluation/wire';
import { manyText } from '../strings/many';
import { Segmented } from '../ui/Segmented';
import { samplesDataset } from './evaluation-plan';
import type { EvaluationWork } from './evaluation-state';
import { FileButton } from './FileButton';
import styles from './Many.module.css';

const text = manyText.evaluation;
type Place = DatasetSource['pictures'];

export function DatasetFields({ work, disabled }: { readonly work: EvaluationWork; readonly disabled: boolean }) {
  const [kind, setKind] = useState<'samples' | 'own'>('samples');
  const [file, setFile] = useState<File | null>(null);
  const [pictures, setPictures] = useState<Place>(null);
  const [reading, setReading] = useState(false);
  const dataset = useStore(work.state, (state) => state.dataset);
  const open = async (make: () => Promise<DatasetSource>): Promise<void> => {
    setReading(true);
    await work.open(make);
    setReading(false);
  };
  useEffect(() => {
    // A form that is opened again finds what is open already.
    if (work.state.getState().dataset === null && work.state.getState().status === 'idle') void work.open(samplesDataset);
  }, [work]);
  const take = (next: File | null, place: Place): void => {
    setFile(next);
    setPictures(place);
    work.state.setState({ problem: null });
    if (next !== null) void open(() => Promise.resolve({ file: next, name: next.name, pictures: place }));
  };
  const choose = (next: 'samples' | 'own'): void => {
    setKind(next);
    work.state.setState({ problem: null, dataset: null });
    if (next === 'samples') void open(samplesDataset);
    else take(file, pictures);
  };
  const picturesCount = pictures?.kind === 'folder' ? pictures.files.length : 1;
  return (
    <fieldset className={styles['set']} disabled={disabled}>
      <legend>{text.dataset}</legend>
      <Segmented
        legend={text.dataset}
        legendHidden
        value={kind}
        options={[
          { value: 'samples', label: text.samples },
          { value: 'own', label: text.ownFile },
        ]}
        onChange={choose}
      />
      {kind === 'own' && (
        <>
          <div className={styles['row']}>
            <FileButton label={text.file} accept=".json,.zip" disabled={disabled} onFile={(next) => take(next, pictures)} />
            <FolderButton disabled={disabled} onFolder={(place) => take(file, place)} />
            <FileButton
              label={text.zip}
              accept=".zip"
              disabled={disabled}
              onFile={(next) => take(file, { kind: 'zip', name: next.name, file: next })}
            />
          </div>
          <p className="note">{text.fileHelp}</p>
        </>
      )}
      <p role="status" className="note">
        {reading && text.reading}
        {!reading && dataset !== null && (
          <>
            {text.read(dataset.name, dataset.entries, dataset.bad)} {dataset.problem}{' '}
            {kind === 'own' &&
              (pictures !== null ? text.pictures(pictures.name, picturesCount) : dataset.hasPictures ? '' : text.noPictures)}
          </>
        )}
      </p>
    </fieldset>
  );
}

function FolderButton({ disabled, onFolder }: { readonly disabled: boolean; readonly onFolder: (place: NonNullable<Place>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  // React's types do not have it.
  useEffect(() => input.current?.setAttribute('webkitdirectory', ''), []);
  return (
    <>
      <button type="button" className="button" disabled={disabled} onClick={() => input.current?.click()}>
        {text.folder}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label={text.folder}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = '';
          if (files.length === 0) return;
          // The folder's own name comes first in every path.
          const [name] = files[0].webkitRelativePath.split('/');
          onFolder({
            kind: 'folder',
            name: name === '' ? 'files' : name,
            files: files.map((file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file })),
          });
        }}
      />
    </>
  );
}
