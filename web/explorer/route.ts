import { navigate, usePathname } from 'wouter/use-browser-location';

/** The lists of a user's page, each at an address of its own. */
export const VIEWS = ['followers', 'following', 'friends', 'known', 'drawing'] as const;
export type View = (typeof VIEWS)[number];

/** What an address shows. */
export type Route = { page: 'home' } | { page: 'user'; username: string; view: View | undefined } | { page: 'nowhere' };

/** The route of the address that the browser shows now. */
export function useRoute(): Route {
  return routeOf(usePathname());
}

/** Takes a path apart. Each part is decoded by itself: what people type behind `/users/` may be anything. */
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

// The bar stays while the page below it is another one: what led there is not to keep the focus from it.
addEventListener('pushState', () => {
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement && activeElement.matches('header a')) activeElement.blur();
});

/** Whether the reader came to the present address from another one of this page. */
export function cameFromInside(): boolean {
  return hasMoved;
}

/** The address of a user's page, or of one of its lists. */
export function pathOf(username: string, view?: View): string {
  return `/users/${encodeURIComponent(username)}${view ? `/${view}` : ''}`;
}

/** Goes to a user's page. */
export function visit(username: string): void {
  navigate(pathOf(username));
}
