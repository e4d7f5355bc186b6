import { begin, withPage, type Graph, type Page, type Person } from '../../explorer/drawing/graph.ts';

/** A person for a test. The id is also the name. */
export function person(id: string, change: Partial<Person> = {}): Person {
  return {
    __typename: 'User',
    id,
    username: id,
    firstname: null,
    lastname: null,
    isViewer: false,
    viewerIsFollowing: false,
    isFollowingViewer: false,
    viewerCanFollow: false,
    stats: { __typename: 'UserFollowStats', followersCount: 10, followingsCount: 10 },
    ...change,
  } as Person;
}

/** The only page of a person's list. */
export function page(of: string, side: Page['side'], people: Person[], change: Partial<Page> = {}): Page {
  return {
    of,
    side,
    source: 'all',
    after: undefined,
    people,
    times: new Map(),
    withoutAccount: 0,
    next: undefined,
    isLast: change.next === undefined,
    total: undefined,
    ...change,
  };
}

/** Ada with followers and followed people. */
export function neighbourhood(followers: string[], following: string[]): Graph {
  const graph = withPage(begin(person('ada')), page('ada', 'followers', followers.map((id) => person(id))));
  return withPage(graph, page('ada', 'following', following.map((id) => person(id))));
}

export function names(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}
