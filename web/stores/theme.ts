// Light, dark or the system's choice: remembered, and applied to the root element before anything is drawn.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { readSaved, writeSaved } from './saved';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'noema.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

interface ThemeStore {
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
}

const themeStore = createStore<ThemeStore>()((set) => ({
  theme: savedTheme(),
  setTheme: (theme) => {
    writeSaved(KEY, theme === 'system' ? null : theme);
    set({ theme });
    applyTheme();
  },
}));

dark.addEventListener('change', applyTheme);

/** Writes the theme in force to `data-theme`, which the tokens read. */
export function applyTheme(): void {
  const { theme } = themeStore.getState();
  const isDark = theme === 'dark' || (theme === 'system' && dark.matches);
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
}

/** Goes on to the next theme: system, light, dark. */
export function cycleTheme(): void {
  const { theme, setTheme } = themeStore.getState();
  setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
}

/** The theme as a hook. */
export function useTheme(): Theme {
  return useStore(themeStore, (store) => store.theme);
}

function savedTheme(): Theme {
  const saved = readSaved(KEY);
  return THEMES.find((theme) => theme === saved) ?? 'system';
}
