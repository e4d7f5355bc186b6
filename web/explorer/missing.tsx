import { Link } from 'wouter';

import { Heading } from './heading.tsx';
import { resultsOf } from './route.ts';

/** What is shown instead of a user who does not exist. */
export function Missing({ username }: { username: string }) {
  return (
    <div className="alone">
      <Heading>User not found</Heading>
      <p>
        There is no user <bdi>@{username}</bdi>. <Link href={resultsOf(username)}>Search for this name</Link>
      </p>
    </div>
  );
}
