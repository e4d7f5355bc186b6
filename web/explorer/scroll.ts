import { useEffect } from 'react';

/** How far each address was scrolled when it was left, in pixels. */
const places = new Map<string, number>();

/** Where the way back leads, until it was reached; undefined on every way forward. */
let wanted: number | undefined;

/** How long a page gets to become as high as it was, in milliseconds. */
const PATIENCE = 5_000;

const KEY = 'followgraph:scroll';

// The browser would do this before the page has the height for it.
history.scrollRestoration = 'manual';
addEventListener('scroll', () => wanted === undefined && places.set(location.pathname, scrollY), { passive: true });
addEventListener('popstate', () => {
  wanted = places.get(location.pathname) ?? 0;
});
addEventListener('pushState', () => {
  wanted = undefined;
  scrollTo(0, 0);
});
// Whoever moves by themself is not moved any more.
for (const event of ['wheel', 'touchmove', 'keydown', 'pointerdown']) {
  addEventListener(event, () => (wanted = undefined), { passive: true });
}

// A page that is loaded anew is where it was.
addEventListener('pagehide', () => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([location.pathname, scrollY]));
  } catch {
    // Without storage it begins at its top.
  }
});
try {
  const [pathname, place] = JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as [string?, number?];
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (pathname === location.pathname && entry?.type !== 'navigate') wanted = place;
} catch {
  // As above, or another page of this host wrote it.
}

/** Scrolls to where the reader was, when they come back to an address. */
export function useScroll(pathname: string): void {
  useEffect(() => {
    const end = performance.now() + PATIENCE;
    let frame = requestAnimationFrame(function restore() {
      if (wanted === undefined) return;
      scrollTo(0, wanted);
      if (Math.abs(scrollY - wanted) > 1 && performance.now() < end) frame = requestAnimationFrame(restore);
      else wanted = undefined;
    });
    return () => cancelAnimationFrame(frame);
  }, [pathname]);
}
