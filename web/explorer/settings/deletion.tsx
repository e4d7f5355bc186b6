import { useMemo, useState } from 'react';
import { useMutation } from 'urql';

import { DeleteAccountDocument } from '../__generated__/graphql.ts';
import { faultsOf, Field, Form, type Faults } from '../form.tsx';
import { count } from '../format.ts';
import { isolated } from '../name.ts';
import { tell } from '../notice.tsx';
import { open } from '../route.ts';
import { useSession } from '../session.tsx';

interface DeletionProps {
  id: string;
  username: string;
  stats: { followersCount: number; followingsCount: number };
}

/** Deletes the account after the username was typed. */
export function Deletion({ id, username, stats }: DeletionProps) {
  const { signOut } = useSession();
  const [{ fetching, error }, remove] = useMutation(DeleteAccountDocument);
  const [mistake, setMistake] = useState<Faults>();
  const refusal = useMemo(() => faultsOf(error, {}), [error]);

  async function send({ confirmation = '' }: Record<string, string>) {
    const isSure = confirmation.trim().replace(/^@/, '') === username;
    setMistake(isSure ? undefined : { fields: { confirmation: `Type ${username} to delete this account.` }, rest: [] });
    if (!isSure) return;
    const { data } = await remove({ input: { userId: id } });
    if (!data?.deleteAccount) return;
    signOut();
    open('/');
    tell(`The account ${isolated(`@${username}`)} has been deleted.`);
  }
  return (
    <Form
      faults={mistake ?? refusal}
      busy={fetching}
      send={send}
      action={['Deleting…', 'Delete account']}
      className="danger"
    >
      <p className="hint">
        This deletes your profile with all private fields, your {count(stats.followersCount, 'follower')} and your{' '}
        {count(stats.followingsCount, 'follow')} of other people. Other people can then take the username. Nothing of it
        can be restored.
      </p>
      <Field
        name="confirmation"
        label={`Your username, to confirm: ${username}`}
        autoComplete="off"
        faults={mistake ?? refusal}
        required
      />
    </Form>
  );
}
