import { Button, Dialog } from '@graphiql/react';
import { useState, type FormEvent } from 'react';

import { signIn } from './session';

/** The content of the sign-in dialog. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const [fault, setFault] = useState<string>();
  const [waiting, setWaiting] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (waiting) return;
    const form = new FormData(event.currentTarget);
    setWaiting(true);
    setFault(undefined);
    const reason = await signIn(String(form.get('username')), String(form.get('password')));
    setWaiting(false);
    if (reason === undefined) onDone();
    else setFault(reason);
  }

  return (
    <>
      <div className="graphiql-dialog-header">
        <Dialog.Title className="graphiql-dialog-title">Sign in</Dialog.Title>
        <Dialog.Close />
      </div>
      <form className="sign-in" onSubmit={submit}>
        <Dialog.Description>
          Queries are sent with your token. The browser deletes the token when you close this tab.
        </Dialog.Description>
        <label>
          Username
          <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <p role="alert">{fault}</p>
        <Button type="submit" className="sign-in-button" aria-disabled={waiting}>
          {waiting ? 'Signing in…' : 'Sign in'}
        </Button>
        <p className="sign-in-hint">
          Users of an imported or generated graph have no password. An operator sets one with this command:
          <code>followgraph users set-password USERNAME</code>
        </p>
      </form>
    </>
  );
}
