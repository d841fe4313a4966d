// The top of the page: the name, what it is, and the page's own controls.
import { Keyboard, Monitor, Moon, Sun } from 'lucide-react';
import { cycleTheme, type Theme, useTheme } from '../../stores/theme';
import { useSession } from '../../session/context';
import { en } from '../../strings/en';
import styles from './Header.module.css';

const ICONS = { system: Monitor, light: Sun, dark: Moon } as const satisfies Record<Theme, unknown>;

export function Header() {
  const { page } = useSession();
  const theme = useTheme();
  const Icon = ICONS[theme];
  return (
    <header className={styles['header']}>
      <div className={styles['words']}>
        <h1 className={styles['name']}>{en.name}</h1>
        <p className={styles['story']}>{en.story}</p>
      </div>
      <div className={styles['tools']} data-screen-only>
        <button
          type="button"
          className="button button-quiet button-icon"
          aria-label={`${en.theme.label}: ${en.theme[theme]}`}
          title={`${en.theme.label}: ${en.theme[theme]}`}
          onClick={cycleTheme}
        >
          <Icon size={18} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="button button-quiet button-icon"
          aria-label={en.help.open}
          title={en.help.open}
          onClick={() => page.getState().setHelpOpen(true)}
        >
          <Keyboard size={18} aria-hidden="true" />
        </button>
      </div>
    </header>
  );
}
