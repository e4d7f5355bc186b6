import { Link } from 'wouter';

import { readFragment, type FragmentType } from './__generated__/fragment-masking.ts';
import { PersonFragmentDoc, type PersonFragment } from './__generated__/graphql.ts';
import { count } from './format.ts';
import { shortNameOf } from './name.ts';
import { pathOf } from './route.ts';

interface KnownProps {
  username: string;
  /** Some followers of the user that the viewer follows. */
  nodes: readonly FragmentType<typeof PersonFragmentDoc>[];
  /** The number of all of them. Null if the server did not count. */
  total: number | null;
}

/** "Followed by Lucía, Renata and 12 others you follow", on the profile of a user. */
export function Known({ username, nodes, total }: KnownProps) {
  const [first, second] = nodes.map((node) => readFragment(PersonFragmentDoc, node));
  if (!first) return null;
  const others = total === null ? undefined : total - nodes.length;
  if (others === 0) {
    return (
      <p className="known">
        Followed by {nameLink(first)}
        {second && <> and {nameLink(second)}</>}, who you follow
      </p>
    );
  }
  return (
    <p className="known">
      Followed by {nameLink(first)}
      {second && <>, {nameLink(second)}</>} and{' '}
      <Link href={pathOf(username, 'known')}>
        {others === undefined ? 'others' : count(others, 'other')} you follow
      </Link>
    </p>
  );
}

function nameLink(person: PersonFragment) {
  return (
    <Link href={pathOf(person.username)}>
      <bdi>{shortNameOf(person)}</bdi>
    </Link>
  );
}
