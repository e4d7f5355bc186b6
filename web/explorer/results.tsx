import { useMemo } from 'react';

import { SearchResultsDocument } from './__generated__/graphql.ts';
import { count } from './format.ts';
import { Heading } from './heading.tsx';
import { bare } from './match.ts';
import { list } from './pages.tsx';
import { People } from './people.tsx';
import { useTitle } from './title.ts';

const RESULTS = list(
  SearchResultsDocument,
  ({ searchUsers }) => searchUsers,
  (query) => `No user matches “${query}”. Check the spelling, or use fewer words or only the start of a name.`,
  (people) => count(people, 'result'),
);

/** The page of all results of a search. */
export function Results({ query }: { query: string }) {
  const wanted = bare(query);
  const of = useMemo(() => ({ query: wanted }), [wanted]);
  useTitle(wanted ? `Search: ${wanted}` : 'Search');
  return (
    <div className="home results">
      {wanted ? (
        <>
          <Heading>
            Results for “<bdi>{wanted}</bdi>”
          </Heading>
          <People list={RESULTS} id={`search/${wanted}`} of={of} name={wanted} label="Results" className="cards" />
        </>
      ) : (
        <>
          <Heading>Search</Heading>
          <p className="lead">Search above for words of a first name, a last name or a username, in any order.</p>
        </>
      )}
    </div>
  );
}
