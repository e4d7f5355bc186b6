import { createContext, useContext, useState } from 'react';
import { useMutation } from 'urql';

import { RemoveFollowerDocument, type PersonFragment } from './__generated__/graphql.ts';
import { confirmed } from './confirmation.tsx';
import { messageOf } from './fault.tsx';
import { inSentence, nameOf } from './name.ts';
import { tell } from './notice.tsx';

/** Whether the people of a list are the followers of the viewer, who can be removed there. */
export const OwnFollowers = createContext(false);

/** The button to remove a person of the viewer's own list of followers. */
export function Remove({ person }: { person: PersonFragment }) {
  return useContext(OwnFollowers) ? <RemoveFollower person={person} label="Remove" /> : null;
}

/** The button to remove a follower of the viewer. */
export function RemoveFollower({ person, label }: { person: PersonFragment; label: string }) {
  const [, remove] = useMutation(RemoveFollowerDocument);
  const [isBusy, setBusy] = useState(false);
  if (!person.isFollowingViewer) return null;
  const name = inSentence(person);

  async function ask(button: HTMLElement) {
    if (isBusy) return;
    const isSure = await confirmed({
      title: `Remove ${name} from your followers?`,
      text: 'They do not get a message, and they can follow you again.',
      action: 'Remove',
    });
    if (!isSure) return;
    const list = button.closest('ul');
    setBusy(true);
    const { error } = await remove({ input: { userId: person.id } });
    setBusy(false);
    if (error) return tell(`${name} was not removed: ${messageOf(error)}`);
    tell(`${name} does not follow you any more.`);
    list?.focus({ preventScroll: true }); // the row disappears
  }
  return (
    <button
      type="button"
      className="plain remove"
      aria-busy={isBusy}
      onClick={({ currentTarget }) => void ask(currentTarget)}
    >
      {label}
      <span className="unseen"> {nameOf(person)}</span>
    </button>
  );
}
