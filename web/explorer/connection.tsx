import { Fragment, type ReactNode } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';

import { readFragment } from './__generated__/fragment-masking.ts';
import {
  FollowsOnPathDocument,
  PersonFragmentDoc,
  ProfileDocument,
  ShortestPathDocument,
  type PersonFragment,
} from './__generated__/graphql.ts';
import { Fault } from './fault.tsx';
import { count, since } from './format.ts';
import { Heading, useArrival } from './heading.tsx';
import { useMedia } from './media.ts';
import { inSentence, nameOf } from './name.ts';
import { Skeletons } from './people.tsx';
import { Person } from './person.tsx';
import { PersonPicker } from './picker.tsx';
import { connectionOf, graphOf, open, WIDE } from './route.ts';
import { useSession } from './session.tsx';
import { useTitle } from './title.ts';

/** The largest number of people whose follows one request returns. */
const MOST_FOLLOWS = 100;

interface ConnectionProps {
  /** The usernames of the two ends. The second one is chosen on the page if it is missing. */
  from: string;
  to: string | undefined;
}

/** The page of the shortest path of follows from one person to another, in the whole graph. */
export default function Connection({ from, to }: ConnectionProps) {
  const start = useEnd(from);
  const end = useEnd(to);
  const { session } = useSession();
  const names = [start.person, end.person].map((person) => (person ? nameOf(person) : undefined));
  useTitle(start.person && end.person ? `${inSentence(start.person)} → ${inSentence(end.person)}` : 'How are they connected?');
  const offersViewer = session && to === undefined && session.username !== from;
  return (
    <div className="home connection">
      <Heading>How are they connected?</Heading>
      <p className="lead">The shortest chain of people from one person to another, in which each one follows the next.</p>
      <div className="connection-ends">
        <PersonPicker
          key={`from ${from} ${names[0]}`}
          label="From"
          isLabelShown
          placeholder="Name or username"
          text={names[0] ?? ''}
          choose={({ username }) => open(connectionOf(username, to))}
        />
        <PersonPicker
          key={`to ${to} ${names[1]}`}
          label="To"
          isLabelShown
          placeholder="Name or username"
          text={names[1] ?? ''}
          choose={({ username }) => open(connectionOf(from, username))}
        />
        {to !== undefined && (
          <Link className="button" href={connectionOf(to, from)}>
            Swap
          </Link>
        )}
      </div>
      {(to === from ? [start] : [start, end]).map(
        ({ isMissing, username, error, retry }) =>
          (isMissing && (
            <p className="connection-answer" role="status" key={username}>
              User not found: there is no user <bdi>@{username}</bdi>.
            </p>
          )) ||
          (error && <Fault error={error} retry={retry} key={username} />),
      )}
      {to === undefined && !start.isMissing && (
        <p className="connection-answer">
          Choose the person at the end of the chain.
          {offersViewer && (
            <>
              {' '}
              Or see <Link href={connectionOf(from, session.username)}>how they are connected to you</Link>.
            </>
          )}
        </p>
      )}
      {start.person && end.person && <Answer from={start.person} to={end.person} key={`${from}/${to}`} />}
    </div>
  );
}

/** Loads the person at an end. */
function useEnd(username: string | undefined) {
  const [{ data, error, fetching }, again] = useQuery({
    query: ProfileDocument,
    variables: { username: username ?? '' },
    pause: username === undefined,
  });
  const user = username === undefined ? undefined : data?.user;
  return {
    username,
    person: user ? readFragment(PersonFragmentDoc, user) : undefined,
    isMissing: user === null && !fetching,
    error: user ? undefined : error,
    retry: () => again({ requestPolicy: 'network-only' }),
  };
}

/** What the search found. */
function Answer({ from, to }: { from: PersonFragment; to: PersonFragment }) {
  const [{ data, error, fetching }, again] = useQuery({
    query: ShortestPathDocument,
    variables: { fromId: from.id, toId: to.id },
    requestPolicy: 'cache-and-network',
  });
  const path = data?.shortestPath;
  const isWide = useMedia(WIDE);
  const [one, other] = [inSentence(from), inSentence(to)];
  if (error && !path) return <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />;
  if (!path) {
    return fetching ? (
      <ul className="people chain">
        <Skeletons count={3} />
      </ul>
    ) : null;
  }
  const isFound = path.status === 'FOUND';
  const back = from.id !== to.id && (
    <Link href={connectionOf(to.username, from.username)}>
      From {other} to {one}
    </Link>
  );
  return (
    <>
      <Sentence>
        {isFound && found(one, other, path.length ?? 0)}
        {path.status === 'NONE' && `No chain of follows leads from ${one} to ${other}.`}
        {path.status === 'LIMIT_REACHED' &&
          `The search read as many follows as one search may, and found no chain from ${one} to ${other}. There can still be one.`}
      </Sentence>
      {isFound && path.users.length > 0 && <Chain users={path.users} />}
      <p className="connection-more">
        {isFound && path.users.length > 1 && (
          <>
            <Link href={graphOf(from.username, isWide, to.username)}>Show in the graph</Link>
            {' · '}
          </>
        )}
        {back && <>Other direction: {back}</>}
      </p>
    </>
  );
}

/** The answer in words. After a person was chosen, it gets the focus. */
function Sentence({ children }: { children: ReactNode }) {
  return (
    <p className="connection-answer" role="status" ref={useArrival<HTMLParagraphElement>()} tabIndex={-1}>
      {children}
    </p>
  );
}

function found(one: string, other: string, length: number): string {
  if (length === 0) return 'This is the same person.';
  if (length === 1) return `${one} follows ${other}.`;
  return `${one} reaches ${other} in ${count(length, 'follow')}, through ${count(length - 1, 'person', 'people')}.`;
}

type Step = Parameters<typeof Person>[0]['person'] & { id: string };

/** The people of a path, with the follows between them. */
function Chain({ users }: { users: readonly Step[] }) {
  const ids = users.slice(0, MOST_FOLLOWS).map(({ id }) => id);
  const [{ data }] = useQuery({
    query: FollowsOnPathDocument,
    variables: { ids },
    context: POSTED,
    pause: ids.length < 2,
  });
  const follows = new Map(data?.follows.map((follow) => [`${follow.followerId}>${follow.followingId}`, follow]));
  return (
    <ol className="people chain" aria-label="Chain of follows">
      {users.map((user, index) => {
        const next = users[index + 1];
        const follow = next && follows.get(`${user.id}>${next.id}`);
        const back = next && follows.get(`${next.id}>${user.id}`);
        // Both follow since the later of the two times. Times of the API sort as texts.
        const begin = back && follow && back.followedAt > follow.followedAt ? back.followedAt : follow?.followedAt;
        return (
          <Fragment key={user.id}>
            <Person person={user} />
            {next && (
              <li className="chain-step">
                <span aria-hidden="true">{back ? '↕' : '↓'}</span> {back ? 'follow each other' : 'follows'}
                {begin && (
                  <>
                    {' '}
                    since <time dateTime={begin}>{since(begin)}</time>
                  </>
                )}
              </li>
            )}
          </Fragment>
        );
      })}
    </ol>
  );
}

/** Two hundred ids are too long for a URL. */
const POSTED = { preferGetMethod: false } as const;
