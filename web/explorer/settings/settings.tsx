import { useQuery } from 'urql';
import { Link } from 'wouter';

import { readFragment } from '../__generated__/fragment-masking.ts';
import { EditableFragmentDoc, OwnAccountDocument } from '../__generated__/graphql.ts';
import { Fault } from '../fault.tsx';
import { since } from '../format.ts';
import { Heading } from '../heading.tsx';
import { pathOf } from '../route.ts';
import { useSession } from '../session.tsx';
import { useTitle } from '../title.ts';
import { Deletion } from './deletion.tsx';
import { PasswordForm } from './password-form.tsx';
import { ProfileForm } from './profile-form.tsx';
import './settings.css';

/** The page of the own account: the profile with its private fields, the password, and deletion. */
export default function Settings() {
  const { session, account, askToSignIn } = useSession();
  useTitle('Your account');
  if (!session) {
    return (
      <div className="alone">
        <Heading>Your account</Heading>
        <p>Sign in to see and change your account.</p>
        <p>
          <button type="button" className="primary" onClick={() => askToSignIn()}>
            Sign in
          </button>
        </p>
      </div>
    );
  }
  // Another account never sees what this one has typed or loaded.
  return <Own key={account} />;
}

/** The answer is private. Answers to POST requests are not stored. */
const PRIVATE = { preferGetMethod: false } as const;

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function Own() {
  const { session, signOut } = useSession();
  const [{ data, error }, again] = useQuery({
    query: OwnAccountDocument,
    requestPolicy: 'cache-and-network',
    context: PRIVATE,
  });
  const viewer = data?.viewer;
  if (!viewer) {
    return (
      <div className="alone">
        <Heading>Your account</Heading>
        {error ? (
          <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
        ) : data ? (
          <p>You have no account on this server.</p>
        ) : (
          <p role="status">Loading…</p>
        )}
      </div>
    );
  }
  const user = readFragment(EditableFragmentDoc, viewer);
  return (
    <div className="settings">
      <header>
        <Heading>Your account</Heading>
        <p className="hint">
          <Link href={pathOf(user.username)}>
            <bdi>@{user.username}</bdi>
          </Link>{' '}
          joined <time dateTime={viewer.createdAt}>{since(viewer.createdAt)}</time>.
        </p>
      </header>
      <section aria-labelledby="settings-profile">
        <h2 id="settings-profile">Profile</h2>
        <ProfileForm user={user} />
      </section>
      <section aria-labelledby="settings-password">
        <h2 id="settings-password">Password</h2>
        <PasswordForm id={user.id} username={user.username} />
      </section>
      <section aria-labelledby="settings-session">
        <h2 id="settings-session">This session</h2>
        <p className="hint">
          {session!.stays
            ? 'You stay signed in on this device until '
            : 'You are signed in until this tab is closed, at the latest until '}
          <time dateTime={session!.expiresAt}>{TIME.format(new Date(session!.expiresAt))}</time>. Signing out signs you out in all tabs of this browser.
        </p>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </section>
      <section aria-labelledby="settings-deletion">
        <h2 id="settings-deletion">Delete account</h2>
        <Deletion id={user.id} username={user.username} stats={viewer.stats} />
      </section>
    </div>
  );
}
