import { useState } from 'react';
import { useMutation } from 'urql';

import { FollowDocument, UnfollowDocument, type PersonFragment } from './__generated__/graphql.ts';
import { messageOf } from './fault.tsx';
import { inSentence, nameOf } from './name.ts';
import { useSession } from './session.tsx';

/**
 * The button to follow and unfollow a person. The cache updates the page immediately and rolls back if the server
 * rejects the change. A caller who is not signed in gets the sign-in dialog, and follows after it: see Wishes.
 */
export function Follow({ person }: { person: PersonFragment }) {
  const { session, askToSignIn } = useSession();
  const [, follow] = useMutation(FollowDocument);
  const [, unfollow] = useMutation(UnfollowDocument);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const follows = person.viewerIsFollowing;
  if (person.isViewer || (session && !person.viewerCanFollow)) return null;

  async function change({ detail }: { detail: number }) {
    if (detail > 1) return; // the second click of a double click would revert the first
    if (!session) {
      askToSignIn({ userId: person.id, name: inSentence(person) });
      return;
    }
    if (busy) return;
    setBusy(true);
    setFault('');
    const { error } = await (follows ? unfollow : follow)({ input: { userId: person.id } });
    setBusy(false);
    if (error) setFault(messageOf(error));
  }

  return (
    <div className="follow">
      <button type="button" className={follows ? 'follows' : 'primary'} aria-busy={busy} onClick={change}>
        {follows ? 'Following' : 'Follow'}
        <span className="unseen"> {nameOf(person)}</span>
      </button>
      {fault && (
        <p className="fault-text" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
