import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Provider } from 'urql';

import { keep, restored, type Session } from '../session/session.ts';
import { connect } from './client.ts';
import { Live } from './live/live.ts';

interface State {
  session: Session | undefined;
  /** Whether the last session ended without an action of the user. The page tells the user then. */
  ended: boolean;
}

interface Context extends State {
  /** Whether the sign-in dialog is open. */
  asking: boolean;
  askToSignIn(asking?: boolean): void;
  signIn(session: Session): void;
  signOut(): void;
}

const SessionContext = createContext<Context | undefined>(undefined);

/** Provides the session and the client of the caller. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [{ session, ended }, set] = useState(stored);

  const [asking, setAsking] = useState(false);
  const askToSignIn = useCallback((asking = true) => setAsking(asking), []);

  const signIn = useCallback((session: Session) => {
    keep(session);
    set({ session, ended: false });
    setAsking(false);
  }, []);
  const signOut = useCallback(() => {
    keep(undefined);
    set({ session: undefined, ended: false });
  }, []);

  const token = session?.token;
  const client = useMemo(() => {
    // The response to an earlier request can come after another user signed in.
    const refused = () => set((now) => (now.session?.token === token ? { session: undefined, ended: true } : now));
    return connect(token, refused);
  }, [token]);
  useEffect(() => () => Live.of(client).close(), [client]);
  useEffect(() => {
    if (ended) keep(undefined);
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
  const { session, ended } = restored();
  return { session, ended: ended !== undefined };
}
