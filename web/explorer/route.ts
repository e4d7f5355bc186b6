import { navigate, usePathname } from 'wouter/use-browser-location';

/** The views of a user's page. Each has a separate address. */
export const VIEWS = ['followers', 'following', 'friends', 'known', 'drawing'] as const;
export type View = (typeof VIEWS)[number];

/** The content of an address. */
export type Route = { page: 'home' } | { page: 'user'; username: string; view: View | undefined } | { page: 'nowhere' };

/** Returns the route of the current address. */
export function useRoute(): Route {
  return routeOf(usePathname());
}

/** Parses a path. Each part is decoded separately, because the text after `/users/` can contain any character. */
export function routeOf(pathname: string): Route {
  const [, place, name, view, ...rest] = pathname.split('/');
  if (!place && name === undefined) return { page: 'home' };
  const username = name && decoded(name);
  const known = VIEWS.find((each) => each === view);
  if (place !== 'users' || !username || rest.length > 0 || (view && !known)) return { page: 'nowhere' };
  return { page: 'user', username, view: known };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // a % that encodes nothing
  }
}

let hasMoved = false;
for (const event of ['pushState', 'replaceState', 'popstate']) addEventListener(event, () => (hasMoved = true));

// The bar stays when the page below changes. The link that was used must not keep the focus.
addEventListener('pushState', () => {
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement && activeElement.matches('header a')) activeElement.blur();
});

/** Reports whether the user came to the current address from another address of this page. */
export function cameFromInside(): boolean {
  return hasMoved;
}

/** Returns the address of a user's page, or of one of its views. */
export function pathOf(username: string, view?: View): string {
  return `/users/${encodeURIComponent(username)}${view ? `/${view}` : ''}`;
}

/** Opens a user's page. */
export function visit(username: string): void {
  navigate(pathOf(username));
}
