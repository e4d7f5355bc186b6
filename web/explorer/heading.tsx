import { useEffect, useRef, type HTMLAttributes } from 'react';

import { cameFromInside } from './route.ts';

/**
 * The heading of what an address shows. To whoever does not see it, a page that changes in place is told by where the
 * focus goes. What was opened by its address is read from its beginning, and whoever is somewhere else already is left there.
 */
export function Heading(props: HTMLAttributes<HTMLHeadingElement>) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const isFree = !document.activeElement || document.activeElement === document.body;
    if (isFree && cameFromInside()) heading.current!.focus({ preventScroll: true });
  }, []);
  return <h1 ref={heading} tabIndex={-1} {...props} />;
}
