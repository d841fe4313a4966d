// The session that a part of the page shows: given once above it, read by everything in it.
import { createContext, type ReactNode, useContext } from 'react';
import type { Session } from './session';

const SessionContext = createContext<Session | null>(null);

/** Everything inside shows `session`. */
export function SessionProvider({ session, children }: { readonly session: Session; readonly children?: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** The session around a component. Throws where there is none. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('There is no SessionProvider around this component.');
  return session;
}
