// State that a part of the page adds to a session when it is first opened, and that ends with it.
import type { Session } from './session';

/** Gives each session a state of its own, made when it is first asked for. */
export function partOfSession<T extends object>(make: () => T): (session: Session) => T {
  const parts = new WeakMap<Session, T>();
  return (session) => {
    const found = parts.get(session);
    if (found !== undefined) return found;
    const made = make();
    parts.set(session, made);
    return made;
  };
}
