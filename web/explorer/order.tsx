import { useEffect, useRef } from 'react';
import { Link } from 'wouter';

import { count, digits } from './format.ts';
import { TOP } from './lists.ts';
import type { Connection } from './pages.tsx';
import { ORDERS, pathOf, type View } from './route.ts';

interface OrderProps {
  username: string;
  view: View;
  /** The `?…` of the address, which stays. */
  search: string;
  /** The number of people in the whole list, if it is known. */
  size: number | undefined;
  /** The people who are shown, when they are loaded. */
  shown: Connection | undefined;
}

/** Whether an order was chosen. The list and its switch are replaced then, and the switch must not lose the focus. */
let isChosen = false;

/** The switch between the two orders of a list, and which part of the list is shown. */
export function Order({ username, view, search, size, shown }: OrderProps) {
  const current = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isChosen) current.current?.focus({ preventScroll: true });
    isChosen = false;
  }, []);
  const orders = ORDERS.find((each) => (each as readonly View[]).includes(view));
  if (!orders) return null;
  const isTop = view === orders[1];
  const number = shown?.edges.length ?? 0;
  return (
    <>
      <nav className="order-switch" aria-label="Order">
        {orders.map((each, index) => (
          <Link
            key={each}
            ref={each === view ? current : undefined}
            href={pathOf(username, each) + search}
            aria-current={each === view ? 'true' : undefined}
            onClick={() => (isChosen = each !== view)}
          >
            {index === 0 ? 'Newest' : 'Most followed'}
          </Link>
        ))}
      </nav>
      {isTop && shown && number > 0 && (
        <p className="order-note">
          {shown.isComplete === false
            ? `Only the ${digits(number)} who are among the most followed users of all: the list is too long to compare everyone`
            : size !== undefined && size > number
              ? number < TOP
                ? `${digits(number)} with an account, of ${digits(size)}`
                : `The ${digits(number)} most followed of ${digits(size)}`
              : count(number, 'person', 'people')}
        </p>
      )}
    </>
  );
}
