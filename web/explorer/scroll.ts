import { useEffect } from 'react';

/** How far each address was scrolled when it was left, in pixels. */
const places = new Map<string, number>();

/** Where the way back leads; undefined once it was taken, and on every way forward. */
let wanted: number | undefined;

// The browser would do this before the page has the height for it.
history.scrollRestoration = 'manual';
addEventListener('scroll', () => wanted === undefined && places.set(location.pathname, scrollY), { passive: true });
addEventListener('popstate', () => {
  wanted = places.get(location.pathname) ?? 0;
});

/** How many frames a page gets to become as high as it was, from what the cache holds. */
const FRAMES = 30;

/** Scrolls to where the reader was, when they come back to an address. */
export function useScroll(pathname: string): void {
  useEffect(() => {
    let left = FRAMES;
    let frame = requestAnimationFrame(function restore() {
      if (wanted === undefined) return;
      scrollTo(0, wanted);
      left--;
      if (left > 0 && Math.abs(scrollY - wanted) > 1) frame = requestAnimationFrame(restore);
      else wanted = undefined;
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [pathname]);
}
