import { Link } from 'wouter';

import type { PersonFragment, UserRole } from './__generated__/graphql.ts';
import { Follow } from './follow.tsx';
import { digits, since } from './format.ts';
import { Heading } from './heading.tsx';
import { nameOf } from './name.ts';
import { Avatar } from './person.tsx';
import { RemoveFollower } from './remove.tsx';
import { ACCOUNT, comparisonOf, connectionOf, pathOf } from './route.ts';

const ROLES: Record<UserRole, string | undefined> = {
  END_USER: undefined, // the default needs no label
  OWNER: 'Property owner',
  AGENT: 'Real estate agent',
  BROKER: 'Real estate broker',
  TC_ADMIN: 'Terms administrator',
  OPT_USER: 'Operations',
};

/** Longer names have a smaller font. */
const LONG = 60;

interface ProfileProps {
  person: PersonFragment;
  role: UserRole;
  createdAt: string;
  /** The username of the viewer, if it is another person. */
  viewer: string | undefined;
}

/** The profile of a person, with counts. */
export function Profile({ person, role, createdAt, viewer }: ProfileProps) {
  const name = nameOf(person);
  const { followersCount, followingsCount } = person.stats;
  return (
    <section className="profile" aria-labelledby="profile-name">
      <Avatar person={person} />
      <Heading
        id="profile-name"
        className={name.length > LONG ? 'long' : ''}
        dir="auto"
        title={name.length > LONG ? name : undefined}
      >
        {name}
      </Heading>
      <p className="profile-facts">
        <bdi>@{person.username}</bdi>
        {ROLES[role] && <span className="badge">{ROLES[role]}</span>}
        {person.isViewer && <span className="badge">You</span>}
        {person.isFollowingViewer && <span className="badge">Follows you</span>}
        <span>
          Joined <time dateTime={createdAt}>{since(createdAt)}</time>
        </span>
      </p>
      <p className="counts">
        <Link href={pathOf(person.username, 'followers')}>
          <strong>{digits(followersCount)}</strong> {followersCount === 1 ? 'follower' : 'followers'}
        </Link>
        <Link href={pathOf(person.username, 'following')}>
          <strong>{digits(followingsCount)}</strong> following
        </Link>
      </p>
      <Follow person={person} />
      <p className="profile-actions">
        {person.isViewer && (
          <Link href={ACCOUNT} className="button">
            Edit profile
          </Link>
        )}
        <Link href={viewer ? connectionOf(viewer, person.username) : connectionOf(person.username)} className="button">
          {viewer || person.isViewer ? 'How are you connected?' : 'How are they connected?'}
        </Link>
        <Link href={comparisonOf(person.username)} className="button">
          Compare…
        </Link>
        <RemoveFollower person={person} label="Remove follower" />
      </p>
    </section>
  );
}
