import { useEffect, useRef, type HTMLAttributes } from 'react';

import { isFocusFree } from './focus.ts';
import { cameFromInside } from './route.ts';

/**
 * The heading of an address. When the page changes in place, the heading gets the focus, so that screen readers
 * announce it. The focus stays if the page was opened by its address, or if the user moved the focus in the meantime.
 */
export function Heading(props: HTMLAttributes<HTMLHeadingElement>) {
  const heading = useArrival<HTMLHeadingElement>();
  return <h1 ref={heading} tabIndex={-1} {...props} />;
}

/** Returns a ref for the element that gets the focus when it is what the user came for: see `Heading`. */
export function useArrival<Target extends HTMLElement>() {
  const target = useRef<Target>(null);
  useEffect(() => {
    if (isFocusFree() && cameFromInside()) target.current!.focus({ preventScroll: true });
  }, []);
  return target;
}
