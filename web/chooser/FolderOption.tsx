// A model from the visitor's own disk: opened with a button, or dropped.
import { FolderOpen } from 'lucide-react';
import { useRef } from 'react';
import { useSession } from '../session/context';
import { modelsText } from '../strings/models';
import { ErrorCard } from '../views/shell/ErrorCard';
import { folderFromInput } from './folder';
import { LookView } from './LookView';
import styles from './ModelDialog.module.css';
import { OptionCard, type OptionProps } from './OptionCard';
import { FOLDER, takeFolder, useWays } from './ways';

/** Chooses a whole folder; React's types do not know it. */
const FOLDERS = { webkitdirectory: '' };

export function FolderOption({ group, after }: OptionProps) {
  const session = useSession();
  const folder = useWays((state) => state.folder);
  const problem = useWays((state) => state.folderProblem);
  const input = useRef<HTMLInputElement>(null);
  const text = modelsText.folder;
  return (
    <OptionCard group={group} way={FOLDER} name={text.title} about={text.about}>
      <div className={styles['buttons']}>
        <button type="button" className={folder === null ? 'button button-primary' : 'button'} onClick={() => input.current?.click()}>
          <FolderOpen size={16} aria-hidden="true" />
          {folder === null ? text.open : text.openAnother}
        </button>
        <input
          ref={input}
          type="file"
          hidden
          {...FOLDERS}
          aria-label={text.open}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            if (files.length > 0) void takeFolder(session, () => folderFromInput(files));
          }}
        />
        {folder !== null && (
          <span className="note">
            {text.chosen(
              folder.name,
              folder.files.length,
              folder.files.reduce((sum, { file }) => sum + file.size, 0),
            )}
          </span>
        )}
      </div>
      {problem !== null && <ErrorCard error={problem} />}
      {folder !== null && <LookView after={after} source={folder} hasButton={false} />}
    </OptionCard>
  );
}
