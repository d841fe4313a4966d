// The ways to a model as one group of radio buttons; the chosen one opens and shows what to do with it. Folders may be dropped on it.
import { type DragEvent, useEffect, useId, useRef, useState } from 'react';
import { fault } from '../../src/engine/errors';
import { modelsText } from '../strings/models';
import { CatalogueOption } from './CatalogueOption';
import { type CatalogueEntry, textOf } from './catalogue';
import { droppedFolder, folderFromEntry } from './folder';
import { FolderOption } from './FolderOption';
import { inspection } from './inspection';
import styles from './ModelDialog.module.css';
import { OtherOption } from './OtherOption';
import { takeFolder } from './ways';

interface ModelOptionsProps {
  readonly entries: readonly CatalogueEntry[];
  /** What goes on once the visitor has agreed to a download. */
  readonly after: (() => void) | null;
}

export function ModelOptions({ entries, after }: ModelOptionsProps) {
  const [isOver, setIsOver] = useState(false);
  const group = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  // Arrow keys choose at once. What was found out about a model already takes the focus itself.
  useEffect(() => {
    if (inspection.getState().look.state === 'none') list.current?.querySelector<HTMLInputElement>('input:checked')?.focus();
  }, []);
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    setIsOver(false);
    const dropped = droppedFolder(event.dataTransfer);
    void takeFolder(() => {
      if (dropped === null) throw fault('BAD_INPUT', modelsText.folder.notFolder, modelsText.folder.notFolderAction);
      return folderFromEntry(dropped);
    });
  };
  return (
    <fieldset
      ref={list}
      className={styles['options']}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      <legend className="visually-hidden">{modelsText.options}</legend>
      {entries.map((entry) => (
        <CatalogueOption key={textOf(entry)} group={group} after={after} entry={entry} />
      ))}
      <OtherOption group={group} after={after} />
      <FolderOption group={group} after={after} />
    </fieldset>
  );
}
