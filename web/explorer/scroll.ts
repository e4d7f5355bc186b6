import { useEffect } from 'react';

import { beforeLeaving, kept } from './kept.ts';

/** The scroll position of each address when it was left, in pixels. */
const places = kept('places');

/** Returns the part of the address that decides what the page shows. Other parts change while the page stays. */
export function address(): string {
  return location.pathname === '/search' ? location.pathname + location.search : location.pathname;
}

let current = address();

/** The scroll position to restore after going back, until the page stays there. Undefined after going forward. */
let wanted = places.get(current);

/** The time in which a page can reach its previous height, in milliseconds. */
const PATIENCE = 10_000;

/** Keeps the position of the current address. A position that is being restored stays as it was. */
function note(): void {
  if (wanted === undefined) places.set(current, scrollY);
}

/** Notes the current address, and reports whether it is another one. */
function hasMoved(): boolean {
  const before = current;
  current = address();
  return current !== before;
}

/** Reports whether everything in and above the window has loaded. Late content there would move what is below. */
function isWhole(): boolean {
  const held = [...document.querySelectorAll('.skeleton')];
  return held.every((place) => place.getBoundingClientRect().top > innerHeight);
}

// The browser would restore the position before the page has its full height.
history.scrollRestoration = 'manual';
addEventListener('scroll', note, { passive: true });
// The scroll event comes with the next frame. If the page is left before, it does not come.
addEventListener('click', note, { capture: true });
beforeLeaving(note);
addEventListener('popstate', () => {
  if (hasMoved()) wanted = places.get(current) ?? 0;
});
addEventListener('pushState', () => {
  if (!hasMoved()) return;
  wanted = undefined;
  scrollTo(0, 0);
});
// After the user scrolls, the position is not restored any more.
for (const event of ['wheel', 'touchmove', 'keydown', 'pointerdown']) {
  addEventListener(event, () => (wanted = undefined), { passive: true });
}

/** Reports whether the user went back to an address. */
export function isWayBack(): boolean {
  return wanted !== undefined;
}

/** Restores the scroll position when the user goes back to an address. */
export function useScroll(shown: string): void {
  useEffect(() => {
    const end = performance.now() + PATIENCE;
    let stays = 0;
    let frame = requestAnimationFrame(function restore() {
      if (wanted === undefined) return;
      scrollTo(0, wanted);
      // If content was inserted above, the browser adjusts the position after this frame. Check again in the next.
      stays = isWhole() && Math.abs(scrollY - wanted) <= 1 ? stays + 1 : 0;
      if (stays >= 2 || performance.now() >= end) wanted = undefined;
      frame = requestAnimationFrame(restore);
    });
    return () => cancelAnimationFrame(frame);
  }, [shown]);
}
