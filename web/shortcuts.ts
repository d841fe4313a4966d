// The page's keyboard shortcuts, in one listener for one session. Single keys never fire while somebody types.
import { isBusy } from './session/busy';
import type { Session } from './session/session';
import { keyChoice } from './stores/key-choice';
import { cycleTheme } from './stores/theme';

/** Listens until the returned function is called. */
export function listenForShortcuts(session: Session): () => void {
  const listener = (event: KeyboardEvent): void => onKey(event, session);
  document.addEventListener('keydown', listener);
  return () => document.removeEventListener('keydown', listener);
}

type Actions = Readonly<Record<string, (session: Session) => void>>;

const MOVES: Actions = {
  arrowleft: ({ playback }) => playback.getState().stepBy(-1),
  arrowright: ({ playback }) => playback.getState().stepBy(1),
  ' ': ({ playback }) => playback.getState().togglePlay(),
};

/** Characters alone; the visitor can turn these off. */
const LETTERS: Actions = {
  o: () => document.querySelector<HTMLElement>('[data-shortcut="open"]')?.click(),
  q: () => document.querySelector<HTMLElement>('[data-shortcut="question"]')?.focus(),
  s: ({ page }) => page.getState().setSettingsOpen(!page.getState().settingsOpen),
  t: cycleTheme,
  '?': ({ page }) => page.getState().setHelpOpen(true),
};

function onKey(event: KeyboardEvent, session: Session): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]') !== null) return;
  const key = event.key.toLowerCase();
  if (key === 'enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (isBusy(session)) session.stop();
    else void session.start();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === 'escape') {
    if (isBusy(session)) session.stop();
    else session.page.getState().setSettingsOpen(false);
    return;
  }
  const action = MOVES[key] ?? (keyChoice.getState().lettersOn ? LETTERS[key] : undefined);
  if (action === undefined || belongsTo(event.target, key)) return;
  event.preventDefault();
  action(session);
}

/** Whether the focused element has its own use for the key. */
function belongsTo(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('textarea, select, input:not([type=range], [type=radio], [type=checkbox])')) return true;
  const moves = key.startsWith('arrow');
  if (key === ' ') return target.matches('button, summary, a, input, [role]');
  return moves && target.matches('input, [role=slider], [role=grid] *, [role=listbox] *, [role=tab], [role=application], [tabindex="0"]');
}
