// The list of keyboard shortcuts, and the switch that turns the single letters off.
import { useId } from 'react';
import { useKeyChoice } from '../../stores/key-choice';
import { useSession } from '../../session/context';
import { en } from '../../strings/en';
import { shortcutsText } from '../../strings/shortcuts';
import { Dialog } from '../../ui/Dialog';
import { Switch } from '../../ui/Switch';
import styles from './ShortcutsDialog.module.css';

type Row = readonly [keys: string, meaning: string];

export function ShortcutsDialog() {
  const { page } = useSession();
  const lettersOn = useKeyChoice((choice) => choice.lettersOn);
  const setLettersOn = useKeyChoice((choice) => choice.setLettersOn);
  const id = useId();
  return (
    <Dialog title={en.help.title} onClose={() => page.getState().setHelpOpen(false)}>
      <Keys rows={shortcutsText.rows} />
      <div className={styles['choice']}>
        <Switch id={id} describedBy={`${id}-why`} checked={lettersOn} onChange={setLettersOn} />
        <label htmlFor={id}>{shortcutsText.letters}</label>
        <p id={`${id}-why`} className="note">
          {lettersOn ? shortcutsText.lettersWhy : shortcutsText.lettersOff}
        </p>
      </div>
      <Keys rows={shortcutsText.letterRows} off={!lettersOn} />
    </Dialog>
  );
}

function Keys({ rows, off = false }: { readonly rows: readonly Row[]; readonly off?: boolean }) {
  return (
    <dl className={styles['list']} data-off={off}>
      {rows.map(([keys, meaning]) => (
        <div key={keys}>
          <dt>
            {keys.split(' ').map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
