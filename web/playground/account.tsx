import { Dialog, UnStyledButton } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';

import { signOut, useSession } from './session';
import { SignIn } from './sign-in';

/** Shows the signed-in user and the button to sign in or out. */
export function Account() {
  const { session, ended } = useSession();
  const [open, setOpen] = useState(false);

  // GraphiQL's dialog has no trigger that gets the focus back.
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !open) button.current?.focus();
    wasOpen.current = open;
  }, [open]);

  // One button for both actions, so that the focus stays when the action changes.
  return (
    <div className="account">
      <span role="status" className="account-name" title={session?.username}>
        {session ? session.username : ended ? `The session of ${ended} has ended.` : ''}
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
