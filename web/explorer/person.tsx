import { memo } from 'react';
import { Link } from 'wouter';

import { readFragment, type FragmentType } from './__generated__/fragment-masking.ts';
import { PersonFragmentDoc, type PersonFragment } from './__generated__/graphql.ts';
import { Follow } from './follow.tsx';
import { count, since } from './format.ts';
import { useShownWith } from './live/context.ts';
import { hueOf, initialsOf, nameOf } from './name.ts';
import { Remove } from './remove.tsx';
import { pathOf } from './route.ts';
import { placed, type Place } from './rows.tsx';

/**
 * Initials instead of a picture. Pictures are on other hosts, which must not learn who is viewed.
 */
export function Avatar({ person }: { person: PersonFragment }) {
  return (
    <span className="avatar" aria-hidden="true" style={{ '--hue': hueOf(person.username) } as React.CSSProperties}>
      {initialsOf(person)}
    </span>
  );
}

interface PersonProps {
  person: FragmentType<typeof PersonFragmentDoc>;
  /** When the follow of this list entry was created. */
  followedAt?: string | undefined;
  /** A note about why the person is in the list. */
  note?: string | undefined;
}

/** A person in a list can have a place in it. */
type Placed = Partial<Place>;

/** A person in a list. Lists can be long, so a person renders again only after a change. */
export const Person = memo(function Person({ person, followedAt, note, ...place }: PersonProps & Placed) {
  const known = readFragment(PersonFragmentDoc, person);
  const element = useShownWith<HTMLLIElement>(known.id);
  return (
    <li className="person" ref={element} {...placed(place)}>
      <Avatar person={known} />
      <div className="person-text">
        <Link className="person-name" dir="auto" href={pathOf(known.username)}>
          {nameOf(known)}
        </Link>
        <span className="person-facts">
          <bdi className="person-username">@{known.username}</bdi>
          <span>{count(known.stats.followersCount, 'follower')}</span>
          {followedAt && (
            <span>
              since <time dateTime={followedAt}>{since(followedAt)}</time>
            </span>
          )}
          {note && <span>{note}</span>}
          {known.isViewer && <span className="badge">You</span>}
          {known.isFollowingViewer && <span className="badge">Follows you</span>}
        </span>
      </div>
      <div className="person-actions">
        <Remove person={known} />
        <Follow person={known} />
      </div>
    </li>
  );
});

/** A follower or followed user without an account (a Cognito user). */
export function Stranger({ followedAt, ...place }: { followedAt?: string | undefined } & Placed) {
  return (
    <li className="person" {...placed(place)}>
      <span className="avatar avatar-none" aria-hidden="true">
        ?
      </span>
      <div className="person-text">
        <span className="person-name">A user without an account</span>
        {followedAt && (
          <span className="person-facts">
            <span>
              since <time dateTime={followedAt}>{since(followedAt)}</time>
            </span>
          </span>
        )}
      </div>
    </li>
  );
}
