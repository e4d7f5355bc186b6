import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { Provider } from 'urql';

import { connect } from './client.ts';

/** Who is signed in, and by what. */
export interface Session {
  username: string;
  token: string;
  /** When the token ends, as the API writes times. */
  expiresAt: string;
}

interface Context {
  session: Session | undefined;
  /** Whether the server ended the last session, which the reader should be told. */
  ended: boolean;
  /** Whether the reader is being asked to sign in. */
  asking: boolean;
  askToSignIn(asking?: boolean): void;
  signIn(session: Session): void;
  signOut(): void;
}

const SessionContext = createContext<Context | undefined>(undefined);

/** Where the session is kept, for the playground too: a tab's own storage, which ends with the tab. */
const KEY = 'followgraph:session';

/** Holds the session, and the client of whoever is signed in. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [{ session, ended }, set] = useState(() => ({ session: stored(), ended: false }));

  const [asking, setAsking] = useState(false);
  const askToSignIn = useCallback((asking = true) => setAsking(asking), []);

  const signIn = useCallback((session: Session) => {
    store(session);
    set({ session, ended: false });
    setAsking(false);
  }, []);
  const leave = useCallback((ended: boolean) => {
    store(undefined);
    set({ session: undefined, ended });
  }, []);

  const token = session?.token;
  const client = useMemo(() => connect(token, () => leave(true)), [token, leave]);
  const context = useMemo(
    () => ({ session, ended, asking, askToSignIn, signIn, signOut: () => leave(false) }),
    [session, ended, asking, askToSignIn, signIn, leave],
  );
  return (
    <SessionContext.Provider value={context}>
      <Provider value={client}>{children}</Provider>
    </SessionContext.Provider>
  );
}

export function useSession(): Context {
  const context = useContext(SessionContext);
  if (!context) throw new Error('useSession is for components below SessionProvider.');
  return context;
}

function stored(): Session | undefined {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null;
    return session && Date.parse(session.expiresAt) > Date.now() ? session : undefined;
  } catch {
    return undefined; // storage that is switched off, or is not ours
  }
}

function store(session: Session | undefined) {
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the session ends with the page.
  }
}
