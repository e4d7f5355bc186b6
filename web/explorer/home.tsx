import { useEffect } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';

import { readFragment } from './__generated__/fragment-masking.ts';
import {
  MostFollowedDocument,
  NewestDocument,
  PersonFragmentDoc,
  ProfileDocument,
  SuggestionsDocument,
  type PersonFragment,
} from './__generated__/graphql.ts';
import { isUnauthenticated } from './client.ts';
import { Drawing, prepareDrawing } from './drawing.ts';
import { Fault } from './fault.tsx';
import { count } from './format.ts';
import { Heading } from './heading.tsx';
import { useMedia } from './media.ts';
import { shortNameOf } from './name.ts';
import { list } from './pages.tsx';
import { People, Skeletons } from './people.tsx';
import { Person } from './person.tsx';
import { PLAYGROUND } from './playground.ts';
import { graphOf, visit, WIDE } from './route.ts';
import { useSession } from './session.tsx';
import { useTitle } from './title.ts';
import { Totals } from './totals.tsx';

/** The number of people in "Most followed" before more are requested: whole rows of one, two and three columns. */
const MOST = 12;

const MOST_FOLLOWED = list(MostFollowedDocument, ({ users }) => users, () => '', undefined, MOST);
const NEWEST = list(NewestDocument, ({ users }) => users, () => '');
const ALL = {};

/** The maximum number of suggestions. */
const SUGGESTED = 6;

/** The start page: a picture of the graph, the people who matter, and the newest ones. */
export function Home() {
  const { session } = useSession();
  // The same query as the one of the list.
  const [{ data, error }] = useQuery({ query: MostFollowedDocument, variables: { first: MOST, after: null } });
  const node = data?.users.edges[0]?.node;
  const isEmpty = data?.users.edges.length === 0;
  const isClosed = !data && !session && error !== undefined && isUnauthenticated(error);
  const hasPeople = !isEmpty && !isClosed;
  useTitle();
  useEffect(prepareDrawing, []);
  return (
    <div className="home">
      <Heading>Explore the follow graph</Heading>
      <Totals />
      {hasPeople && (
        <p className="lead">
          Search for a person by name, or start with one of these people. See their followers and the people they
          follow, and continue from there.
          {PLAYGROUND && (
            <>
              {' '}
              Or write GraphQL queries in the <a href={PLAYGROUND}>playground</a>.
            </>
          )}
        </p>
      )}
      {isEmpty && <Empty />}
      {isClosed && <Closed />}
      {hasPeople && (data || !error) && <Picture person={node && readFragment(PersonFragmentDoc, node)} />}
      {session && <Suggestions />}
      {hasPeople && (
        <>
          <section aria-labelledby="most">
            <h2 id="most">Most followed</h2>
            <People list={MOST_FOLLOWED} id="most" of={ALL} name="" label="Most followed" className="cards" isManual />
          </section>
          <section aria-labelledby="newest">
            <h2 id="newest">Recently joined</h2>
            <People list={NEWEST} id="newest" of={ALL} name="" label="Recently joined" className="cards" />
          </section>
        </>
      )}
    </div>
  );
}

/** The neighbourhood of a person as a picture that leads to the graph. */
function Picture({ person }: { person: PersonFragment | null | undefined }) {
  // The first query of the drawing, while its code is loading.
  useQuery({ query: ProfileDocument, variables: { username: person?.username ?? '' }, pause: !person });
  const isWide = useMedia(WIDE);
  return (
    <figure className="home-picture">
      {/* Only a picture: with a finger on it, the page still scrolls. */}
      <div className="home-drawing" inert>
        {person && <Drawing key={person.username} username={person.username} visit={visit} isPreview />}
      </div>
      {person && (
        <figcaption>
          <Link href={graphOf(person.username, isWide)}>
            The graph around <bdi>{shortNameOf(person)}</bdi>
          </Link>
          , the most followed person
          <ul className="home-key" aria-label="The shapes">
            <li className="is-follower">followers</li>
            <li className="is-followed">followed</li>
            <li className="is-both">mutual</li>
          </ul>
        </figcaption>
      )}
    </figure>
  );
}

/** What to do with a graph without users. */
function Empty() {
  const { session, askToSignIn } = useSession();
  return (
    <div className="home-empty">
      <p>There are no users yet.</p>
      {!session && (
        <p>
          <button type="button" className="primary" onClick={() => askToSignIn()}>
            Sign in or create the first account
          </button>
        </p>
      )}
      <p>
        An operator can also add a graph on the server: <code>followgraph import</code> reads tables, and{' '}
        <code>followgraph sample</code> generates an example.
      </p>
      {PLAYGROUND && (
        <p>
          GraphQL queries and mutations can be written in the <a href={PLAYGROUND}>playground</a>.
        </p>
      )}
    </div>
  );
}

/** What is shown if the server answers only signed-in users. */
function Closed() {
  const { askToSignIn } = useSession();
  return (
    <div className="home-empty">
      <p>This server shows its graph to signed-in users only.</p>
      <p>
        <button type="button" className="primary" onClick={() => askToSignIn()}>
          Sign in
        </button>
      </p>
    </div>
  );
}

/** Suggestions for the viewer. */
function Suggestions() {
  const [{ data, error, fetching }, again] = useQuery({
    query: SuggestionsDocument,
    variables: { first: SUGGESTED },
    requestPolicy: 'cache-and-network', // each follow changes the suggestions
  });
  const suggestions = data?.viewer?.suggestions ?? [];
  const nothing = error ? (
    <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
  ) : (
    'No suggestions yet: follow people who follow others.'
  );
  return (
    <section aria-labelledby="suggestions">
      <h2 id="suggestions">Suggested for you</h2>
      <ul className="people cards">
        {suggestions.map(({ user, followedByCount }) => (
          <Person key={user.id} person={user} note={`followed by ${count(followedByCount, 'person', 'people')} you follow`} />
        ))}
        {suggestions.length === 0 && (fetching ? <Skeletons count={SUGGESTED} /> : <li className="empty wide">{nothing}</li>)}
      </ul>
    </section>
  );
}
