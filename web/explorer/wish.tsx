import { useEffect, useRef } from 'react';
import { useClient, type Client } from 'urql';

import { readFragment } from './__generated__/fragment-masking.ts';
import { FollowableDocument, FollowDocument, PersonFragmentDoc } from './__generated__/graphql.ts';
import { messageOf } from './fault.tsx';
import { tell } from './notice.tsx';
import { useSession, type Wish } from './session.tsx';

/**
 * Follows the person whose button was clicked before signing in. The wish comes with the account that signed in, so no
 * other account follows: not after the dialog was closed, and not if another tab signs in.
 */
export function Wishes() {
  const { wish, account } = useSession();
  const client = useClient(); // of this account
  const done = useRef(0);
  useEffect(() => {
    if (!wish || done.current === account) return;
    done.current = account;
    void follow(client, wish).then((message) => message && tell(message));
  }, [wish, account, client]);
  return null;
}

/** Returns the message about the result. */
async function follow(client: Client, { userId, name }: Wish): Promise<string> {
  const { data, error } = await client.query(FollowableDocument, { id: userId }).toPromise();
  if (error) return `${name} was not followed: ${messageOf(error)}`;
  const person = readFragment(PersonFragmentDoc, data?.user);
  if (!person) return `${name} was not followed: there is no such user any more.`;
  if (person.isViewer) return 'This is you: users cannot follow themselves.';
  if (person.viewerIsFollowing) return `You already follow ${name}.`;
  const result = await client.mutation(FollowDocument, { input: { userId } }).toPromise();
  return result.error ? `${name} was not followed: ${messageOf(result.error)}` : `You follow ${name} now.`;
}
