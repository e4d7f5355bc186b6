import { useEffect, useRef, type HTMLAttributes } from 'react';

import { cameFromInside } from './route.ts';

/**
 * The heading of an address. When the page changes in place, the heading gets the focus, so that screen readers
 * announce it. The focus stays if the page was opened by its address, or if the user moved the focus in the meantime.
 */
export function Heading(props: HTMLAttributes<HTMLHeadingElement>) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const isFree = !document.activeElement || document.activeElement === document.body;
    if (isFree && cameFromInside()) heading.current!.focus({ preventScroll: true });
  }, []);
  return <h1 ref={heading} tabIndex={-1} {...props} />;
}
