import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Provider } from 'urql';

import { connect } from './client.ts';

/** Who is signed in, and by what. */
export interface Session {
  username: string;
  token: string;
  /** When the token ends, as the API writes times. */
  expiresAt: string;
}

interface State {
  session: Session | undefined;
  /** Whether the last session ended without the reader's doing, of which they should be told. */
  ended: boolean;
}

interface Context extends State {
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
  const [{ session, ended }, set] = useState(stored);

  const [asking, setAsking] = useState(false);
  const askToSignIn = useCallback((asking = true) => setAsking(asking), []);

  const signIn = useCallback((session: Session) => {
    store(session);
    set({ session, ended: false });
    setAsking(false);
  }, []);
  const signOut = useCallback(() => {
    store(undefined);
    set({ session: undefined, ended: false });
  }, []);

  const token = session?.token;
  const client = useMemo(() => {
    // The answer to a request of before may come when somebody else is signed in.
    const refused = () => set((now) => (now.session?.token === token ? { session: undefined, ended: true } : now));
    return connect(token, refused);
  }, [token]);
  useEffect(() => {
    if (ended) store(undefined);
  }, [ended]);
  const context = useMemo(
    () => ({ session, ended, asking, askToSignIn, signIn, signOut }),
    [session, ended, asking, askToSignIn, signIn, signOut],
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

function stored(): State {
  try {
    const { username, token, expiresAt } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Session>;
    if (username && token && expiresAt) {
      const isOver = Date.parse(expiresAt) <= Date.now();
      return { session: isOver ? undefined : { username, token, expiresAt }, ended: isOver };
    }
  } catch {
    // Storage that is switched off, or that another page of this host wrote.
  }
  return { session: undefined, ended: false };
}

function store(session: Session | undefined) {
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the session ends with the page.
  }
}
