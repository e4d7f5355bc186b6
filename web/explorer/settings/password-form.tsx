import { useMemo, useState } from 'react';
import { useMutation } from 'urql';

import { ChangePasswordDocument } from '../__generated__/graphql.ts';
import { faultsOf, Form, Password } from '../form.tsx';
import { PASSWORD_HINT } from '../hints.ts';
import { tell } from '../notice.tsx';
import { useSession } from '../session.tsx';

const LABELS = { currentPassword: 'Current password', newPassword: 'New password' };

/** Changes the password. This session continues with a new token; all others end. */
export function PasswordForm({ id, username }: { id: string; username: string }) {
  const { renew } = useSession();
  const [{ fetching, error }, change] = useMutation(ChangePasswordDocument);
  const [changes, setChanges] = useState(0);
  const faults = useMemo(() => faultsOf(error, LABELS), [error]);

  async function send({ currentPassword = '', newPassword = '' }: Record<string, string>) {
    const { data } = await change({ input: { userId: id, currentPassword, newPassword } });
    if (!data?.changePassword) return;
    const { token, tokenExpiresAt: expiresAt } = data.changePassword;
    if (token && expiresAt) renew({ token, expiresAt });
    setChanges(changes + 1);
    tell('Your password has been changed. Sessions on other devices end within 30 seconds.');
  }
  return (
    <Form faults={faults} busy={fetching} send={send} resets={changes} action={['Changing…', 'Change password']}>
      {/* Password managers need to know the account. */}
      <input type="text" name="username" autoComplete="username" defaultValue={username} readOnly hidden />
      <Password
        name="currentPassword"
        label={LABELS.currentPassword}
        autoComplete="current-password"
        faults={faults}
        required
      />
      <Password
        name="newPassword"
        label={LABELS.newPassword}
        autoComplete="new-password"
        hint={PASSWORD_HINT}
        faults={faults}
        required
      />
    </Form>
  );
}
