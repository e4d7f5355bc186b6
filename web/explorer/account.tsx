import { useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';

import { ViewerDocument } from './__generated__/graphql.ts';
import { pathOf } from './route.ts';
import { useSession } from './session.tsx';

/** Who is signed in, and the way in and out. */
export function Account() {
  const { session, ended, askToSignIn, signOut } = useSession();
  // The cache has to know the viewer, to foresee what a follow changes.
  useQuery({ query: ViewerDocument, pause: !session });
  const link = useRef<HTMLAnchorElement>(null);
  const username = session?.username;
  const before = useRef(username);
  useEffect(() => {
    // What one asked by may be gone, as the button here is.
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
