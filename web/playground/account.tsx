import { Dialog, UnStyledButton } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';

import { signOut, useSession } from './session';
import { SignIn } from './sign-in';

/** Who is signed in, and the button that changes it. */
export function Account() {
  const { session, ended } = useSession();
  const [open, setOpen] = useState(false);

  // GraphiQL's dialog knows no trigger to give the focus back to.
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !open) button.current?.focus();
    wasOpen.current = open;
  }, [open]);

  // One button for both, so that the focus stays where it is when its meaning changes.
  return (
    <div className="account">
      <span role="status" className="account-name" title={session?.username}>
        {session ? session.username : ended ? `The sign-in of ${ended} has ended.` : ''}
      </span>
      <UnStyledButton
        ref={button}
        type="button"
        className="account-button"
        onClick={() => (session ? signOut() : setOpen(true))}
      >
        {session ? 'Sign out' : 'Sign in'}
      </UnStyledButton>
      <Dialog open={open} onOpenChange={setOpen}>
        <SignIn onDone={() => setOpen(false)} />
      </Dialog>
    </div>
  );
}
