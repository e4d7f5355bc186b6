import { useMemo } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';

import { readFragment } from './__generated__/fragment-masking.ts';
import { ConnectionsDocument, PersonFragmentDoc, ProfileDocument } from './__generated__/graphql.ts';
import { Drawing } from './drawing.ts';
import { Fault } from './fault.tsx';
import { digits } from './format.ts';
import { Known } from './known.tsx';
import { LISTS } from './lists.ts';
import { useShown } from './live/context.ts';
import { RANK } from './live/live.ts';
import { useMedia } from './media.ts';
import { Missing } from './missing.tsx';
import { nameOf, shortNameOf } from './name.ts';
import { Order } from './order.tsx';
import { People, Skeletons } from './people.tsx';
import { Profile } from './profile.tsx';
import { OwnFollowers } from './remove.tsx';
import { pathOf, visit, WIDE, type View } from './route.ts';
import { useSession } from './session.tsx';
import { useTitle } from './title.ts';

const LABELS: Record<View, string> = {
  followers: 'Followers',
  'top-followers': 'Followers',
  following: 'Following',
  'top-following': 'Following',
  friends: 'Mutual',
  known: 'You know',
  drawing: 'Graph',
};

/** Scrolls the drawing below the bar if it replaces a list, so that it fills the window. */
function showWhole(drawing: HTMLElement | null) {
  drawing?.scrollIntoView();
}

/** Moves the focus to the drawing. With the keyboard it cannot be reached otherwise: lists can be very long. */
function goToDrawing() {
  document.querySelector<HTMLElement>('.drawing-place [tabindex="0"]')?.focus();
}

/** The page of a user: the profile, the lists, and the drawing of the neighbourhood. */
export function User({ username, view }: { username: string; view: View | undefined }) {
  const isWide = useMedia(WIDE);
  const { search } = location; // the state of the graph
  const of = useMemo(() => ({ username }), [username]);
  const { session } = useSession();
  const [{ data, error, fetching }, again] = useQuery({ query: ProfileDocument, variables: { username } });
  const [{ data: more }] = useQuery({ query: ConnectionsDocument, variables: { username } });
  const user = data?.user;
  const isMissing = data?.user === null && !fetching;
  const person = user && readFragment(PersonFragmentDoc, user);
  useShown(user ? [user.id] : [], RANK.profile);
  useTitle(isMissing ? 'User not found' : person ? shortNameOf(person) : username);
  if (error && !user) {
    return (
      <div className="alone">
        <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
      </div>
    );
  }
  if (isMissing) return <Missing username={username} />;

  const sizes: Partial<Record<View, number>> = person
    ? {
        followers: person.stats.followersCount,
        'top-followers': person.stats.followersCount,
        following: person.stats.followingsCount,
        'top-following': person.stats.followingsCount,
      }
    : {};
  const isOther = session !== undefined && session.username !== username;
  const mutual = more?.user?.friends.totalCount;
  const views: View[] = ['followers', 'following', 'friends'];
  if (isOther) views.push('known');
  if (!isWide) views.push('drawing');
  const isTop = view === 'top-followers' || view === 'top-following';
  const shown = view && (isTop || views.includes(view)) ? view : 'followers';
  const drawing = (
    <section className="drawing-place" aria-label="Graph" ref={isWide ? undefined : showWhole}>
      <Drawing username={username} visit={visit} />
    </section>
  );
  return (
    <div className="user">
      <div className="user-side">
        {person && user ? (
          <>
            <Profile
              person={person}
              role={user.role}
              createdAt={user.createdAt}
              viewer={isOther ? session.username : undefined}
            />
            {!person.isViewer && more?.user && (
              <Known
                username={username}
                nodes={more.user.followersYouKnow.nodes}
                total={more.user.followersYouKnow.totalCount}
              />
            )}
          </>
        ) : (
          <div className="profile">
            <ul className="people">
              <Skeletons count={1} />
            </ul>
          </div>
        )}
        {isWide && (
          <button type="button" className="skip-list" onClick={goToDrawing}>
            Skip to the graph
          </button>
        )}
        <nav className="views" aria-label="Lists">
          {views.map((each) => (
            <Link
              key={each}
              href={pathOf(username, each) + search}
              aria-current={shown === each || shown === `top-${each}` ? 'page' : undefined}
            >
              {LABELS[each]}
              {each === 'friends' && typeof mutual === 'number' && <span className="views-count"> {digits(mutual)}</span>}
            </Link>
          ))}
        </nav>
        {shown === 'drawing' ? (
          drawing
        ) : (
          <OwnFollowers value={LABELS[shown] === 'Followers' && Boolean(person?.isViewer)}>
            <People
              key={`${username}/${shown}`}
              id={`${username}/${shown}`}
              list={LISTS[shown]}
              of={of}
              name={person ? nameOf(person) : username}
              label={LABELS[shown]}
              size={isTop ? undefined : sizes[shown]}
              above={(people) => (
                <Order username={username} view={shown} search={search} size={sizes[shown]} shown={people} />
              )}
              newsOf={shown === 'followers' ? (person ?? null) : undefined}
            />
          </OwnFollowers>
        )}
      </div>
      {isWide && drawing}
    </div>
  );
}
