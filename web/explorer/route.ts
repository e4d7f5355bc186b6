import { navigate, usePathname, useSearch } from 'wouter/use-browser-location';

import { pathOf, resultsOf, routeOf, type Route } from './address.ts';

export * from './address.ts';

/** Returns the route of the current address. */
export function useRoute(): Route {
  return routeOf(usePathname(), useSearch());
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

/** Opens an address. The current address gets no second entry in the history: its page scrolls to the top. */
export function open(to: string, options?: { replace?: boolean }): void {
  if (to === location.pathname + location.search) scrollTo(0, 0);
  else navigate(to, options);
}

/** The location for links: see `open`. */
export function useLocation(): [string, typeof open] {
  return [usePathname(), open];
}

/** Shows the results of a search. */
export function showResults(query: string): void {
  open(resultsOf(query));
}

/** Opens a user's page. */
export function visit(username: string): void {
  open(pathOf(username));
}
