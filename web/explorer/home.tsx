import { useQuery } from 'urql';

import { NewestDocument, SuggestionsDocument } from './__generated__/graphql.ts';
import { Fault } from './fault.tsx';
import { Heading } from './heading.tsx';
import { list, People, Skeletons } from './people.tsx';
import { Person } from './person.tsx';
import { useSession } from './session.tsx';
import { useTitle } from './title.ts';

const NEWEST = list(NewestDocument, ({ users }) => users, () => 'Nobody is here yet.');
const EVERYBODY = {};

/** Who are suggested at most. */
const SUGGESTED = 6;

const PLAYGROUND = document.querySelector<HTMLMetaElement>('meta[name="playground"]')?.content;

/** Where one starts: whom to follow, and who is new. */
export function Home() {
  const { session } = useSession();
  useTitle();
  return (
    <div className="home">
      <Heading>Who follows whom</Heading>
      <p className="lead">
        Search somebody by name, or start with one of these: see who follows them and whom they follow, and walk on from
        there.
        {PLAYGROUND && (
          <>
            {' '}
            Or ask in GraphQL, in the <a href={PLAYGROUND}>playground</a>.
          </>
        )}
      </p>
      {session && <Suggestions />}
      <section aria-labelledby="newest">
        <h2 id="newest">New here</h2>
        <People list={NEWEST} id="newest" of={EVERYBODY} name="" label="New here" className="cards" />
      </section>
    </div>
  );
}

/** Whom the reader might follow. */
function Suggestions() {
  const [{ data, error, fetching }, again] = useQuery({
    query: SuggestionsDocument,
    variables: { first: SUGGESTED },
    requestPolicy: 'cache-and-network', // each follow changes whom the next visit finds
  });
  const suggestions = data?.viewer?.suggestions ?? [];
  const nothing = error ? (
    <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
  ) : (
    'Nobody, until you follow somebody who follows others.'
  );
  return (
    <section aria-labelledby="suggestions">
      <h2 id="suggestions">You might follow</h2>
      <ul className="people cards">
        {suggestions.map(({ user, followedByCount }) => (
          <Person key={user.id} person={user} note={`followed by ${followedByCount} you follow`} />
        ))}
        {suggestions.length === 0 && (fetching ? <Skeletons count={SUGGESTED} /> : <li className="empty wide">{nothing}</li>)}
      </ul>
    </section>
  );
}
