import { useEffect } from 'react';

import { kept } from './kept.ts';

/** How far each address was scrolled when it was left, in pixels. */
const places = kept('places');

/** Where the way back leads, until the page stays there; undefined on every way forward. */
let wanted = places.get(location.pathname);

/** How long a page gets to become what it was, in milliseconds. */
const PATIENCE = 10_000;

/** Whether all has come that stands in the window or above it: what comes late there moves everything below it. */
function isWhole(): boolean {
  const held = [...document.querySelectorAll('.skeleton')];
  return held.every((place) => place.getBoundingClientRect().top > innerHeight);
}

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

/** Whether the reader is coming back to an address, and not going on to it. */
export function isWayBack(): boolean {
  return wanted !== undefined;
}

/** Scrolls to where the reader was, when they come back to an address. */
export function useScroll(pathname: string): void {
  useEffect(() => {
    const end = performance.now() + PATIENCE;
    let stays = 0;
    const { classList } = document.documentElement;
    let frame = requestAnimationFrame(function restore() {
      classList.toggle('returning', wanted !== undefined);
      if (wanted === undefined) return;
      scrollTo(0, wanted);
      // Where something came above, the browser scrolls on by its height behind this frame: it is there in the next one.
      stays = isWhole() && Math.abs(scrollY - wanted) <= 1 ? stays + 1 : 0;
      if (stays >= 2 || performance.now() >= end) wanted = undefined;
      frame = requestAnimationFrame(restore);
    });
    return () => {
      cancelAnimationFrame(frame);
      classList.remove('returning');
    };
  }, [pathname]);
}
