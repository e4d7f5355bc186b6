import { useMemo } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';

import { readFragment } from '../__generated__/fragment-masking.ts';
import {
  ComparisonDocument,
  FollowersInCommonDocument,
  FollowingInCommonDocument,
  InCommonDocument,
  PersonFragmentDoc,
  type InCommonQuery,
  type PersonFragment,
} from '../__generated__/graphql.ts';
import { Fault } from '../fault.tsx';
import { digits, since } from '../format.ts';
import { Heading } from '../heading.tsx';
import { useShown } from '../live/context.ts';
import { RANK } from '../live/live.ts';
import { Missing } from '../missing.tsx';
import { inSentence, isolated, shortNameOf } from '../name.ts';
import { list } from '../pages.tsx';
import { People, Skeletons } from '../people.tsx';
import { Person } from '../person.tsx';
import { PersonPicker } from '../picker.tsx';
import { comparisonOf, connectionOf, open, type CommonView } from '../route.ts';
import { useSession } from '../session.tsx';
import { useTitle } from '../title.ts';
import './compare.css';

interface CompareProps {
  one: string;
  /** The other username. Without it, the page asks for the other person. */
  other: string | undefined;
  view: CommonView;
}

/** The page that compares two people. */
export default function Compare({ one, other, view }: CompareProps) {
  return other === undefined ? <Choice one={one} /> : <Pair one={one} other={other} view={view} />;
}

/** Asks for the person to compare with. */
function Choice({ one }: { one: string }) {
  const { session } = useSession();
  useTitle('Compare two people');
  return (
    <div className="compare">
      <Heading>
        Compare <bdi>@{one}</bdi> with…
      </Heading>
      <PersonPicker
        label="Person to compare with"
        isLabelShown
        placeholder="Name or username"
        choose={({ username }) => open(comparisonOf(one, username))}
      />
      {session && session.username !== one && (
        <p>
          <Link href={comparisonOf(one, session.username)} className="button">
            Compare with you
          </Link>
        </p>
      )}
    </div>
  );
}

function Pair({ one, other, view }: { one: string; other: string; view: CommonView }) {
  const [{ data, error, fetching }, again] = useQuery({ query: ComparisonDocument, variables: { one, other } });
  const [left, right] = [data?.one, data?.other].map((user) => user && readFragment(PersonFragmentDoc, user));
  useTitle(left && right && left.id !== right.id ? `${shortNameOf(left)} and ${shortNameOf(right)}` : 'Compare two people');
  if (left && right) {
    if (left.id === right.id) return <Choice one={left.username} />;
    return <Both key={`${left.id} ${right.id}`} left={left} right={right} view={view} />;
  }
  if (error) {
    return (
      <div className="alone">
        <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
      </div>
    );
  }
  if (data && !fetching) return <Missing username={left ? other : one} />;
  return (
    <div className="compare">
      <ul className="people cards">
        <Skeletons count={2} />
      </ul>
    </div>
  );
}

const FOLLOWERS = list(
  FollowersInCommonDocument,
  ({ user }) => user?.followersInCommon,
  () => 'They have no followers in common.',
);
const FOLLOWING = list(
  FollowingInCommonDocument,
  ({ user }) => user?.followingInCommon,
  () => 'They do not follow any users in common.',
);

/** Longer names have a smaller font. */
const LONG = 60;

function Both({ left, right, view }: { left: PersonFragment; right: PersonFragment; view: CommonView }) {
  const ids = useMemo(() => [left.id, right.id], [left.id, right.id]);
  useShown(ids, RANK.profile);
  const of = useMemo(() => ({ id: left.id, with: right.id }), [left.id, right.id]);
  const [{ data, error }] = useQuery({
    query: InCommonDocument,
    variables: { one: left.id, other: right.id },
    requestPolicy: 'cache-and-network',
  });
  const tab = (to: CommonView, label: string, total: number | null | undefined) => (
    <Link href={comparisonOf(left.username, right.username, to)} aria-current={view === to ? 'page' : undefined}>
      {label}
      {typeof total === 'number' && ` (${digits(total)})`}
    </Link>
  );
  return (
    <div className="compare">
      <Heading className={shortNameOf(left).length + shortNameOf(right).length > LONG ? 'long' : ''}>
        <bdi>{shortNameOf(left)}</bdi> and <bdi>{shortNameOf(right)}</bdi>
      </Heading>
      <ul className="people cards" aria-label="The two people">
        <PersonOf person={left} />
        <PersonOf person={right} />
      </ul>
      {/* If it fails, the lists say why. */}
      <p className="compare-relation">{data ? relationOf(left, right, data.follows) : !error && 'Loading…'}</p>
      <p className="profile-actions">
        <Link href={connectionOf(left.username, right.username)} className="button">
          How are they connected?
        </Link>
        <Link href={comparisonOf(left.username)} className="button">
          Compare with another person
        </Link>
      </p>
      <nav className="views" aria-label="Lists">
        {tab('followers', 'Followers in common', data?.user?.followersInCommon.totalCount)}
        {tab('following', 'Both follow', data?.user?.followingInCommon.totalCount)}
      </nav>
      <div className="compare-list">
        <People
          key={view}
          id={`compare/${left.id}/${right.id}/${view}`}
          list={view === 'followers' ? FOLLOWERS : FOLLOWING}
          of={of}
          name=""
          label={view === 'followers' ? 'Followers in common' : 'Both follow'}
        />
      </div>
    </div>
  );
}

/** A row for a person whose fragment was already read. */
function PersonOf({ person }: { person: PersonFragment }) {
  return <Person person={person as unknown as Parameters<typeof Person>[0]['person']} />;
}

/** Describes who of two people follows the other, and since when. */
export function relationOf(left: PersonFragment, right: PersonFragment, follows: InCommonQuery['follows']): string {
  const there = follows.find(({ followerId, followingId }) => followerId === left.id && followingId === right.id);
  const back = follows.find(({ followerId, followingId }) => followerId === right.id && followingId === left.id);
  const [one, other] = [left, right].map((person) => (person.isViewer ? 'you' : inSentence(person))) as [string, string];
  const sentence = (from: string, to: string, at: string) =>
    `${from === 'you' ? 'You have' : `${from} has`} followed ${to} since ${isolated(since(at))}.`;
  const sentences = [
    there && sentence(one, other, there.followedAt),
    back && sentence(other, one, back.followedAt),
  ].filter(Boolean);
  return sentences.join(' ') || 'They do not follow each other.';
}
