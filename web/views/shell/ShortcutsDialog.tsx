// The list of keyboard shortcuts.
import { pageStore, usePage } from '../../stores/page-store';
import { en } from '../../strings/en';
import { Dialog } from '../../ui/Dialog';
import styles from './ShortcutsDialog.module.css';

export function ShortcutsDialog() {
  const open = usePage((page) => page.helpOpen);
  if (!open) return null;
  return (
    <Dialog title={en.help.title} onClose={() => pageStore.getState().setHelpOpen(false)}>
      <dl className={styles['list']}>
        {en.help.rows.map(([keys, meaning]) => (
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
    </Dialog>
  );
}
