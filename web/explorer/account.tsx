import { useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';

import { ViewerDocument } from './__generated__/graphql.ts';
import { pathOf } from './route.ts';
import { useSession } from './session.tsx';

/** Shows the signed-in user and the buttons to sign in and out. */
export function Account() {
  const { session, ended, askToSignIn, signOut } = useSession();
  // The cache needs the viewer for optimistic updates.
  useQuery({ query: ViewerDocument, pause: !session });
  const link = useRef<HTMLAnchorElement>(null);
  const username = session?.username;
  const before = useRef(username);
  useEffect(() => {
    // The element that had the focus can be gone, as this button is.
    if (username !== undefined && before.current === undefined) link.current!.focus();
    before.current = username;
  }, [username]);
  if (!session) {
    return (
      <div className="account">
        {ended && <span role="status">Your session has ended.</span>}
        <button type="button" onClick={() => askToSignIn()}>
          Sign in
        </button>
      </div>
    );
  }
  return (
    <div className="account">
      <Link ref={link} href={pathOf(session.username)} className="account-name">
        <bdi>@{session.username}</bdi>
      </Link>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}
