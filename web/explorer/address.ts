/** The views of a user's page. Each has a separate address. */
export const VIEWS = ['followers', 'top-followers', 'following', 'top-following', 'friends', 'known', 'drawing'] as const;
export type View = (typeof VIEWS)[number];

/** The lists that have two orders: the view with the newest follow first, and the one with the most followed first. */
export const ORDERS = [
  ['followers', 'top-followers'],
  ['following', 'top-following'],
] as const satisfies readonly (readonly [View, View])[];

/** The lists of the page that compares two people. */
export type CommonView = 'followers' | 'following';

/** The content of an address. */
export type Route =
  | { page: 'home' }
  | { page: 'search'; query: string }
  | { page: 'user'; username: string; view: View | undefined }
  | { page: 'path'; from: string; to: string | undefined }
  | { page: 'compare'; one: string; other: string | undefined; view: CommonView }
  | { page: 'account' }
  | { page: 'nowhere' };

/**
 * Parses an address, with or without a slash at the end. Each part of the path is decoded separately, because a username
 * can contain any character. The server has the same addresses: see `explorerViews` in `web.go`.
 */
export function routeOf(pathname: string, search = ''): Route {
  const [, place, name, other, ...rest] = pathname.replace(/(?<=.)\/$/, '').split('/');
  if (!place && name === undefined) return { page: 'home' };
  if (place === 'account' && name === undefined) return { page: 'account' };
  if (place === 'search' && name === undefined) {
    return { page: 'search', query: new URLSearchParams(search).get('q') ?? '' };
  }
  const username = name && decoded(name);
  if (place === 'compare' && username) return comparison(username, other, rest);
  if (!username || rest.length > 0) return { page: 'nowhere' };
  if (place === 'paths') {
    const to = other && decoded(other);
    return other && !to ? { page: 'nowhere' } : { page: 'path', from: username, to: to || undefined };
  }
  const view = VIEWS.find((each) => each === other);
  if (place !== 'users' || (other && !view)) return { page: 'nowhere' };
  return { page: 'user', username, view };
}

function comparison(one: string, part: string | undefined, [view, ...rest]: string[]): Route {
  const other = part && decoded(part);
  const isKnown = view === undefined || (other && view === 'following');
  if ((part && !other) || !isKnown || rest.length > 0) return { page: 'nowhere' };
  return { page: 'compare', one, other: other || undefined, view: view ?? 'followers' };
}

/** Decodes a part of an address. Undefined if it is empty or not valid. */
export function decoded(part: string | undefined): string | undefined {
  try {
    return part ? decodeURIComponent(part) : undefined;
  } catch {
    return undefined; // a % that encodes nothing
  }
}

/** Returns the address of a user's page, or of one of its views. */
export function pathOf(username: string, view?: View): string {
  return `/users/${encodeURIComponent(username)}${view ? `/${view}` : ''}`;
}

/** The address of the page of the own account. */
export const ACCOUNT = '/account';

/** Returns the address of the results of a search. */
export function resultsOf(query: string): string {
  return query === '' ? '/search' : `/search?q=${encodeURIComponent(query)}`;
}

/** Returns the address of the shortest path from one user to another, or to a user who is chosen there. */
export function connectionOf(from: string, to?: string): string {
  return `/paths/${encodeURIComponent(from)}${to === undefined ? '' : `/${encodeURIComponent(to)}`}`;
}

/** The minimum width for the graph beside the lists. */
export const WIDE = '(min-width: 60rem)';

/**
 * Returns the address of a person's graph.
 *
 * @param isWide whether the graph is beside the lists
 * @param to the username of the end of a path that the graph shows
 */
export function graphOf(username: string, isWide: boolean, to?: string): string {
  const path = pathOf(username, isWide ? undefined : 'drawing');
  return to === undefined ? path : `${path}?path=${encodeURIComponent(to)}`;
}

/** Returns the address that compares a user with another one, or with a user who is chosen there. */
export function comparisonOf(one: string, other?: string, view: CommonView = 'followers'): string {
  const path = `/compare/${encodeURIComponent(one)}${other === undefined ? '' : `/${encodeURIComponent(other)}`}`;
  return view === 'followers' ? path : `${path}/${view}`;
}
