import { useEffect, useMemo, useRef, useState } from 'react';
import { useMutation } from 'urql';

import { LoginDocument, RegisterDocument } from './__generated__/graphql.ts';
import { faultsOf, Field, Form, Password } from './form.tsx';
import { PASSWORD_HINT, PHONE_HINT, USERNAME_HINT } from './hints.ts';
import { tell } from './notice.tsx';
import { useSession } from './session.tsx';

/** The dialog to sign in or to create an account. */
export function SignIn() {
  const { asking, wanted, stopAsking } = useSession();
  const [isNew, setNew] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (asking) dialog.current?.showModal();
    else dialog.current?.close();
    setNew(false);
  }, [asking]);
  return (
    <dialog ref={dialog} className="sign-in" aria-labelledby="sign-in-title" onClose={stopAsking}>
      <h2 id="sign-in-title">{isNew ? 'Create account' : 'Sign in'}</h2>
      {wanted && <p className="sign-in-wish">You follow {wanted.name} as soon as you are signed in.</p>}
      {asking && (isNew ? <Register /> : <Login />)}
      <p className="sign-in-other">
        {isNew ? 'Already have an account? ' : 'No account yet? '}
        <button type="button" className="plain" onClick={() => setNew(!isNew)}>
          {isNew ? 'Sign in' : 'Create account'}
        </button>
      </p>
      <button type="button" className="plain close" aria-label="Close" onClick={stopAsking}>
        ×
      </button>
    </dialog>
  );
}

/** What the API returns for a new session. */
interface Issued {
  token: string;
  tokenExpiresAt: string;
  user?: { username: string } | null;
}

/** Returns a function that signs in with the answer of the server, and with the values of the form. */
function useEntry() {
  const { signIn } = useSession();
  return (issued: Issued | null | undefined, { username = '', stays }: Record<string, string>) => {
    if (!issued) return;
    const { token, tokenExpiresAt: expiresAt, user } = issued;
    signIn({ token, expiresAt, username: user?.username ?? username, stays: stays !== undefined });
  };
}

const NOT_FIELDS = {}; // the error does not name the wrong one

function Login() {
  const [{ fetching, error }, login] = useMutation(LoginDocument);
  const enter = useEntry();
  const faults = useMemo(() => faultsOf(error, NOT_FIELDS), [error]);
  async function send(values: Record<string, string>) {
    const { username = '', password = '' } = values;
    const { data } = await login({ input: { username, password } });
    enter(data?.login, values);
    if (data?.login?.passwordChangeAdvised) {
      tell('Only the first 72 bytes of your password protect your account. Choose a new one on the page of your account.');
    }
  }
  return (
    <Form faults={faults} busy={fetching} send={send} action={['Signing in…', 'Sign in']}>
      <Field label="Username" name="username" autoComplete="username" required />
      <Password label="Password" name="password" autoComplete="current-password" required />
      <Stay />
    </Form>
  );
}

const LABELS = {
  username: 'Username',
  firstname: 'First name',
  lastname: 'Last name',
  phoneNumber: 'Phone number',
  password: 'Password',
};

function Register() {
  const [{ fetching, error }, register] = useMutation(RegisterDocument);
  const enter = useEntry();
  const faults = useMemo(() => faultsOf(error, LABELS), [error]);
  async function send(values: Record<string, string>) {
    const { username = '', phoneNumber = '', password = '', firstname, lastname } = values;
    const input = { username, phoneNumber, password, firstname: firstname || null, lastname: lastname || null };
    const { data } = await register({ input });
    enter(data?.register, values);
  }
  const field = (name: keyof typeof LABELS) => ({ name, label: LABELS[name], faults });
  return (
    <Form faults={faults} busy={fetching} send={send} action={['Creating…', 'Create account']}>
      <Field {...field('username')} autoComplete="username" hint={USERNAME_HINT} required />
      <div className="fields">
        <Field {...field('firstname')} autoComplete="given-name" autoCapitalize="words" />
        <Field {...field('lastname')} autoComplete="family-name" autoCapitalize="words" />
      </div>
      <Field {...field('phoneNumber')} type="tel" autoComplete="tel" hint={PHONE_HINT} required />
      <Password {...field('password')} autoComplete="new-password" hint={PASSWORD_HINT} required />
      <Stay />
    </Form>
  );
}

/** The choice of where the session is stored. */
function Stay() {
  const [stays, setStays] = useState(false);
  return (
    <div className="stay">
      <label>
        <input
          type="checkbox"
          name="stays"
          aria-describedby="stay-hint"
          checked={stays}
          onChange={({ currentTarget }) => setStays(currentTarget.checked)}
        />
        Stay signed in on this device
      </label>
      <p id="stay-hint" className="hint">
        {stays
          ? 'Everyone who uses this browser can use your account until you sign out or the session expires.'
          : 'You stay signed in until this tab is closed.'}
      </p>
    </div>
  );
}
