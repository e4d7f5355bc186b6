import { useQuery } from 'urql';

import { TotalsDocument } from './__generated__/graphql.ts';
import { count } from './format.ts';

/** One line with the numbers of the graph. */
export function Totals() {
  const [{ data }] = useQuery({ query: TotalsDocument, requestPolicy: 'cache-and-network' });
  const totals = data?.graphTotals;
  return (
    <p className="totals">
      {totals && `${count(totals.usersCount, 'user')} · ${count(totals.followsCount, 'follow')}`}
    </p>
  );
}
