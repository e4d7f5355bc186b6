import { memo, useCallback, useState } from 'react';
import { useQuery } from 'urql';

import { NewestDocument, SuggestionsDocument } from './__generated__/graphql.ts';
import { Fault } from './fault.tsx';
import { More, Skeletons } from './people.tsx';
import { Person } from './person.tsx';
import { useSession } from './session.tsx';
import { useTitle } from './title.ts';

const PAGE = 24;

const PLAYGROUND = document.querySelector<HTMLMetaElement>('meta[name="playground"]')?.content;

/** Where one starts: whom to follow, and who is new. */
export function Home() {
  const { session } = useSession();
  const [cursors, setCursors] = useState<string[]>([]);
  const more = useCallback((cursor: string) => {
    setCursors((known) => (known.includes(cursor) ? known : [...known, cursor]));
  }, []);
  useTitle();
  return (
    <div className="home">
      <h1>Who follows whom</h1>
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
        <ul className="people cards">
          {[undefined, ...cursors].map((after, index) => (
            <Newest key={after ?? ''} after={after} isLast={index === cursors.length} more={more} />
          ))}
        </ul>
      </section>
    </div>
  );
}

interface NewestProps {
  after: string | undefined;
  isLast: boolean;
  more: (cursor: string) => void;
}

const Newest = memo(function Newest({ after, isLast, more }: NewestProps) {
  const variables = { first: PAGE, after: after ?? null };
  const [{ data, error, fetching }, again] = useQuery({ query: NewestDocument, variables });
  if (!data) {
    if (error) {
      return (
        <li className="wide">
          <Fault error={error} retry={() => again({ requestPolicy: 'network-only' })} />
        </li>
      );
    }
    return fetching ? <Skeletons count={PAGE} /> : null;
  }
  const { nodes, pageInfo } = data.users;
  return (
    <>
      {nodes.map((node) => (
        <Person key={node.id} person={node} />
      ))}
      {nodes.length === 0 && !after && <li className="empty wide">Nobody is here yet.</li>}
      {isLast && pageInfo.hasNextPage && pageInfo.endCursor && <More key={pageInfo.endCursor} more={() => more(pageInfo.endCursor!)} />}
    </>
  );
});

/** Whom the reader might follow; nothing where there is nobody to suggest. */
function Suggestions() {
  const [{ data }] = useQuery({ query: SuggestionsDocument, variables: { first: 6 } });
  const suggestions = data?.viewer?.suggestions ?? [];
  if (suggestions.length === 0) return null;
  return (
    <section aria-labelledby="suggestions">
      <h2 id="suggestions">You might follow</h2>
      <ul className="people cards">
        {suggestions.map(({ user, followedByCount }) => (
          <Person key={user.id} person={user} note={`followed by ${followedByCount} you follow`} />
        ))}
      </ul>
    </section>
  );
}
