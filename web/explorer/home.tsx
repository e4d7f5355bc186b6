import { useQuery } from 'urql';

import { NewestDocument, SuggestionsDocument } from './__generated__/graphql.ts';
import { Fault } from './fault.tsx';
import { count } from './format.ts';
import { Heading } from './heading.tsx';
import { list } from './pages.tsx';
import { People, Skeletons } from './people.tsx';
import { Person } from './person.tsx';
import { useSession } from './session.tsx';
import { useTitle } from './title.ts';

const NEWEST = list(
  NewestDocument,
  ({ users }) => users,
  () => 'There are no users yet.',
  (people) => `${count(people, 'user')} in all`,
);
const ALL = {};

/** The maximum number of suggestions. */
const SUGGESTED = 6;

const PLAYGROUND = document.querySelector<HTMLMetaElement>('meta[name="playground"]')?.content;

/** The start page: suggestions and the newest users. */
export function Home() {
  const { session } = useSession();
  useTitle();
  return (
    <div className="home">
      <Heading>Explore the follow graph</Heading>
      <p className="lead">
        Search for a person by name, or start with one of these people. See their followers and the people they follow,
        and continue from there.
        {PLAYGROUND && (
          <>
            {' '}
            Or write GraphQL queries in the <a href={PLAYGROUND}>playground</a>.
          </>
        )}
      </p>
      {session && <Suggestions />}
      <section aria-labelledby="newest">
        <h2 id="newest">Recently joined</h2>
        <People list={NEWEST} id="newest" of={ALL} name="" label="Recently joined" className="cards" />
      </section>
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
          <Person key={user.id} person={user} note={`followed by ${followedByCount} you follow`} />
        ))}
        {suggestions.length === 0 && (fetching ? <Skeletons count={SUGGESTED} /> : <li className="empty wide">{nothing}</li>)}
      </ul>
    </section>
  );
}
