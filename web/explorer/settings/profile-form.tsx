import { useMemo, useState } from 'react';
import { useMutation } from 'urql';

import { readFragment } from '../__generated__/fragment-masking.ts';
import { EditableFragmentDoc, UpdateProfileDocument, type EditableFragment } from '../__generated__/graphql.ts';
import { faultsOf, Field, Form } from '../form.tsx';
import { PHONE_HINT, USERNAME_HINT } from '../hints.ts';
import { tell } from '../notice.tsx';
import { useSession } from '../session.tsx';

const LABELS = {
  username: 'Username',
  firstname: 'First name',
  lastname: 'Last name',
  avatar: 'Picture',
  email: 'Email address',
  phoneNumber: 'Phone number',
  country: 'Country',
  city: 'City',
  zipcode: 'Zip code',
};
type Name = keyof typeof LABELS;
const NAMES = Object.keys(LABELS) as Name[];

/** These fields cannot be removed. */
const REQUIRED: readonly Name[] = ['username', 'phoneNumber'];

/** The fields of the profile. Only changed fields are sent, so that no change of another device is lost. */
export function ProfileForm({ user }: { user: EditableFragment }) {
  const { renew } = useSession();
  const [{ fetching, error }, update] = useMutation(UpdateProfileDocument);
  const [saves, setSaves] = useState(0);
  const faults = useMemo(() => faultsOf(error, LABELS), [error]);

  async function send(values: Record<string, string>) {
    const changes = changesOf(user, values);
    if (Object.keys(changes).length === 0) return tell('Nothing has changed.');
    // With the id, so that it cannot be another account, whatever the session is by now.
    const { data } = await update({ input: { userId: user.id, ...changes } });
    if (!data?.updateProfile) return;
    const saved = readFragment(EditableFragmentDoc, data.updateProfile.user);
    if (saved && saved.username !== user.username) renew({ username: saved.username });
    setSaves(saves + 1); // shows what the server stored, such as a phone number without spaces
    tell('Your profile has been saved.');
  }
  const field = (name: Name) => ({ name, label: LABELS[name], faults, defaultValue: user[name] ?? '' });
  return (
    <Form faults={faults} busy={fetching} send={send} resets={saves} action={['Saving…', 'Save']}>
      <fieldset>
        <legend>Everyone can see</legend>
        <Field {...field('username')} autoComplete="username" hint={USERNAME_HINT} required />
        <div className="fields">
          <Field {...field('firstname')} autoComplete="given-name" autoCapitalize="words" />
          <Field {...field('lastname')} autoComplete="family-name" autoCapitalize="words" />
        </div>
        <Field
          {...field('avatar')}
          inputMode="url"
          autoComplete="photo"
          hint="The address of a picture, for other apps. This page shows initials."
        />
      </fieldset>
      <fieldset>
        <legend>Only you and operators of this server can see</legend>
        <Field {...field('email')} inputMode="email" autoComplete="email" />
        <Field {...field('phoneNumber')} type="tel" autoComplete="tel" hint={PHONE_HINT} required />
        <Field {...field('country')} autoComplete="country-name" autoCapitalize="words" />
        <div className="fields">
          <Field {...field('zipcode')} autoComplete="postal-code" />
          <Field {...field('city')} autoComplete="address-level2" autoCapitalize="words" />
        </div>
      </fieldset>
    </Form>
  );
}

/** Returns the fields whose values differ. An empty text removes the value of an optional field. */
export function changesOf(user: EditableFragment, values: Record<string, string>): Partial<Record<Name, string | null>> {
  const changes: Partial<Record<Name, string | null>> = {};
  for (const name of NAMES) {
    const value = values[name];
    if (value === undefined || value === (user[name] ?? '')) continue;
    changes[name] = value === '' && !REQUIRED.includes(name) ? null : value;
  }
  return changes;
}
