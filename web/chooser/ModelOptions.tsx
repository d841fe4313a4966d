// The ways to a model as one group of radio buttons; the chosen one opens and shows what to do with it.
import { useEffect, useId, useRef } from 'react';
import { useSession } from '../session/context';
import { modelsText } from '../strings/models';
import { CatalogueOption } from './CatalogueOption';
import { type CatalogueEntry, textOf } from './catalogue';
import { FolderOption } from './FolderOption';
import { inspectionOf } from './inspection';
import styles from './ModelDialog.module.css';
import { OtherOption } from './OtherOption';

interface ModelOptionsProps {
  readonly entries: readonly CatalogueEntry[];
  /** What goes on once the visitor has agreed to a download. */
  readonly after: (() => void) | null;
}

export function ModelOptions({ entries, after }: ModelOptionsProps) {
  const session = useSession();
  const group = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  // Arrow keys choose at once. What was found out about a model already takes the focus itself.
  useEffect(() => {
    if (inspectionOf(session).getState().look.state === 'none') list.current?.querySelector<HTMLInputElement>('input:checked')?.focus();
  }, [session]);
  return (
    <fieldset ref={list} className={styles['options']}>
      <legend className="visually-hidden">{modelsText.options}</legend>
      {entries.map((entry) => (
        <CatalogueOption key={textOf(entry)} group={group} after={after} entry={entry} />
      ))}
      <OtherOption group={group} after={after} />
      <FolderOption group={group} after={after} />
    </fieldset>
  );
}
