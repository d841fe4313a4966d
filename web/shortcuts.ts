// The page's keyboard shortcuts, in one listener. Single keys never fire while somebody types.
import { run, stop } from './session';
import { pageStore } from './stores/page-store';
import { isBusy } from './stores/busy';
import { keyChoice } from './stores/key-choice';
import { cycleTheme } from './stores/theme';
import { stepBy, togglePlay } from './views/run/playback';

/** Listens until the returned function is called. */
export function listenForShortcuts(): () => void {
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

const MOVES: Readonly<Record<string, () => void>> = {
  arrowleft: () => stepBy(-1),
  arrowright: () => stepBy(1),
  ' ': togglePlay,
};

/** Characters alone; the visitor can turn these off. */
const LETTERS: Readonly<Record<string, () => void>> = {
  o: () => document.querySelector<HTMLElement>('[data-shortcut="open"]')?.click(),
  q: () => document.querySelector<HTMLElement>('[data-shortcut="question"]')?.focus(),
  s: () => pageStore.getState().setSettingsOpen(!pageStore.getState().settingsOpen),
  t: cycleTheme,
  '?': () => pageStore.getState().setHelpOpen(true),
};

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]') !== null) return;
  const key = event.key.toLowerCase();
  if (key === 'enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (isBusy()) stop();
    else void run();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === 'escape') {
    if (isBusy()) stop();
    else pageStore.getState().setSettingsOpen(false);
    return;
  }
  const action = MOVES[key] ?? (keyChoice.getState().lettersOn ? LETTERS[key] : undefined);
  if (action === undefined || belongsTo(event.target, key)) return;
  event.preventDefault();
  action();
}

/** Whether the focused element has its own use for the key. */
function belongsTo(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('textarea, select, input:not([type=range], [type=radio], [type=checkbox])')) return true;
  const moves = key.startsWith('arrow');
  if (key === ' ') return target.matches('button, summary, a, input, [role]');
  return moves && target.matches('input, [role=slider], [role=grid] *, [role=listbox] *, [role=tab], [role=application], [tabindex="0"]');
}
