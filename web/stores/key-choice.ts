// Whether single letters are shortcuts: remembered, because speech input and stray keys press them by accident for some.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { readSaved, writeSaved } from './saved';

const KEY = 'noema.letter-keys';
const OFF = 'off';

export interface KeyChoice {
  /** Whether a letter or "?" alone, without a modifier, does something (WCAG 2.1.4). */
  readonly lettersOn: boolean;
  readonly setLettersOn: (lettersOn: boolean) => void;
}

export const keyChoice = createStore<KeyChoice>()((set) => ({
  lettersOn: readSaved(KEY) !== OFF,
  setLettersOn: (lettersOn) => {
    writeSaved(KEY, lettersOn ? null : OFF);
    set({ lettersOn });
  },
}));

/** The choice as a hook. */
export function useKeyChoice<T>(select: (choice: KeyChoice) => T): T {
  return useStore(keyChoice, select);
}
