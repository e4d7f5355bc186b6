import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Provider } from 'urql';

import {
  forget,
  keep,
  restored,
  signOutEverywhere,
  timeLeft,
  watchSession,
  type Kept,
  type Session,
} from '../session/session.ts';
import { connect } from './client.ts';
import { Live } from './live/live.ts';

/** What a caller wanted to do when they had to sign in. */
export interface Wish {
  /** The person to follow. */
  userId: string;
  /** Their name for a sentence. */
  name: string;
}

interface State {
  session: Session | undefined;
  /** Whether the last session ended without an action of the user. The page tells the user then. */
  ended: boolean;
  /** Increases with each sign-in. The same number is the same account, also after its username or token changed. */
  account: number;
  /** What the caller wanted when they signed in as this account. */
  wish: Wish | undefined;
}

interface Context extends State {
  /** Whether the sign-in dialog is open. */
  asking: boolean;
  /** What the caller wants to do when they have signed in there. */
  wanted: Wish | undefined;
  /** Opens the sign-in dialog. The wish belongs to the account that signs in there. */
  askToSignIn(wish?: Wish): void;
  /** Closes the sign-in dialog, and forgets the wish. */
  stopAsking(): void;
  signIn(session: Session): void;
  /** Replaces the token or the username of the same account. */
  renew(change: Partial<Session>): void;
  signOut(): void;
}

const SessionContext = createContext<Context | undefined>(undefined);

const CLOSED = { asking: false, wanted: undefined };

/** The maximum delay of a timer in milliseconds. A longer delay would overflow and end at once. */
const LONGEST = 2 ** 31 - 1;

/** Provides the session and the client of the caller. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, set] = useState<State>(() => ({ ...stateOf(restored()), account: 0 }));
  const { session, ended } = state;
  const current = useRef(session);
  current.current = session;
  const [{ asking, wanted }, setDialog] = useState<Pick<Context, 'asking' | 'wanted'>>(CLOSED);
  const wish = useRef<Wish>(undefined);

  const askToSignIn = useCallback((wanted?: Wish) => {
    wish.current = wanted;
    setDialog({ asking: true, wanted });
  }, []);
  const stopAsking = useCallback(() => {
    wish.current = undefined;
    setDialog(CLOSED);
  }, []);
  const signIn = useCallback((session: Session) => {
    keep(session);
    const wanted = wish.current;
    set(({ account }) => ({ session, ended: false, account: account + 1, wish: wanted }));
    stopAsking();
  }, []);
  const renew = useCallback((change: Partial<Session>) => {
    if (!current.current) return;
    const session = { ...current.current, ...change };
    keep(session);
    set((now) => ({ ...now, session }));
  }, []);
  const signOut = useCallback(() => {
    signOutEverywhere(current.current?.username);
    set(({ account }) => ({ ...stateOf({}), account }));
  }, []);

  useEffect(() => {
    return watchSession(
      () => current.current,
      (kept) => {
        if (kept.session?.token === current.current?.token) return;
        // The wish was one of another caller.
        stopAsking();
        set(({ account }) => ({ ...stateOf(kept), account: account + 1 }));
      },
    );
  }, []);

  const token = session?.token;
  // Ends a session unless another one has begun. A response can come after another user signed in.
  const end = useCallback((token: string | undefined) => {
    forget(token);
    set((now) => (now.session?.token === token ? { ...stateOf({ ended: '' }), account: now.account } : now));
  }, []);
  const client = useMemo(() => connect(token, () => end(token)), [token]);
  useEffect(() => () => Live.of(client).close(), [client]);
  useEffect(() => {
    if (ended) forget(undefined);
  }, [ended]);
  useEffect(() => {
    // If the clock of this device is wrong, only the server ends the session.
    if (!session || timeLeft(session) <= 0) return;
    let timer: number;
    const wait = () => {
      const left = timeLeft(session);
      if (left <= 0) end(session.token);
      else timer = window.setTimeout(wait, Math.min(left, LONGEST));
    };
    wait();
    return () => clearTimeout(timer);
  }, [session]);

  const context = useMemo(
    () => ({ ...state, asking, wanted, askToSignIn, stopAsking, signIn, renew, signOut }),
    [state, asking, wanted],
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

function stateOf({ session, ended }: Kept): Omit<State, 'account'> {
  return { session, ended: ended !== undefined, wish: undefined };
}
