import { useEffect, useRef, useState, type FormEvent, type InputHTMLAttributes } from 'react';
import { useMutation } from 'urql';

import { LoginDocument, RegisterDocument } from './__generated__/graphql.ts';
import { messageOf } from './fault.tsx';
import { useSession } from './session.tsx';

/** The dialog to sign in or to create an account. */
export function SignIn() {
  const { asking, askToSignIn } = useSession();
  const [isNew, setNew] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (asking) dialog.current?.showModal();
    else dialog.current?.close();
    setNew(false);
  }, [asking]);
  return (
    <dialog ref={dialog} className="sign-in" aria-labelledby="sign-in-title" onClose={() => askToSignIn(false)}>
      <h2 id="sign-in-title">{isNew ? 'Create an account' : 'Sign in'}</h2>
      {asking && (isNew ? <Register /> : <Login />)}
      <p className="sign-in-other">
        {isNew ? 'Already have an account? ' : 'No account yet? '}
        <button type="button" className="plain" onClick={() => setNew(!isNew)}>
          {isNew ? 'Sign in' : 'Create one'}
        </button>
      </p>
      <button type="button" className="plain close" aria-label="Close" onClick={() => askToSignIn(false)}>
        ×
      </button>
    </dialog>
  );
}

function Login() {
  const { signIn } = useSession();
  const [{ fetching, error }, login] = useMutation(LoginDocument);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const { username = '', password = '' } = valuesOf(event.currentTarget);
    const { data } = await login({ input: { username, password } });
    if (data?.login) signIn({ token: data.login.token, expiresAt: data.login.tokenExpiresAt, username });
  }
  return (
    <form onSubmit={submit}>
      <Field label="Username" name="username" autoComplete="username" required />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      {error && (
        <p className="fault-text" role="alert">
          {messageOf(error)}
        </p>
      )}
      <button className="primary" aria-busy={fetching} disabled={fetching}>
        {fetching ? 'Signing in…' : 'Sign in'}
      </button>
      <p className="hint">You stay signed in until this tab is closed.</p>
    </form>
  );
}

function Register() {
  const { signIn } = useSession();
  const [{ fetching, error }, register] = useMutation(RegisterDocument);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const { username = '', phoneNumber = '', password = '', firstname, lastname } = valuesOf(event.currentTarget);
    const input = { username, phoneNumber, password, firstname: firstname || null, lastname: lastname || null };
    const { data } = await register({ input });
    if (data?.register) signIn({ token: data.register.token, expiresAt: data.register.tokenExpiresAt, username });
  }
  // Each invalid field has a separate error.
  const faults = error?.graphQLErrors.length ? error.graphQLErrors.map(({ message }) => message) : [error && messageOf(error)];
  return (
    <form onSubmit={submit}>
      <Field label="Username" name="username" autoComplete="username" maxLength={64} required />
      <div className="fields">
        <Field label="First name" name="firstname" autoComplete="given-name" autoCapitalize="words" maxLength={255} />
        <Field label="Last name" name="lastname" autoComplete="family-name" autoCapitalize="words" maxLength={255} />
      </div>
      <Field label="Phone number with + and country code" name="phoneNumber" type="tel" autoComplete="tel" required />
      <Field label="Password (at least 8 characters)" name="password" type="password" autoComplete="new-password" required />
      {error && (
        <div className="fault-text" role="alert">
          {faults.map((fault) => (
            <p key={fault}>{fault}</p>
          ))}
        </div>
      )}
      <button className="primary" aria-busy={fetching} disabled={fetching}>
        {fetching ? 'Creating…' : 'Create account'}
      </button>
    </form>
  );
}

function Field({ label, ...input }: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="field">
      <span>{label}</span>
      <input autoCapitalize="off" spellCheck={false} {...input} />
    </label>
  );
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}
