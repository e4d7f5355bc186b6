import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState, type ReactNode } from 'react';

import { Fault } from './fault.tsx';
import { isFocusFree } from './focus.ts';
import { digits } from './format.ts';
import { kept } from './kept.ts';
import { useNews } from './live/context.ts';
import { isolated } from './name.ts';
import { Pages, type Connection, type Edge, type List, type Of, type Page } from './pages.tsx';
import { Person, Stranger } from './person.tsx';
import { Rows, type Place } from './rows.tsx';
import { isWayBack } from './scroll.ts';

// The number of loaded pages of each list, so that going back restores the position.
const read = kept('pages');

interface PeopleProps {
  list: List;
  /** A unique key of the list, while the page is open. */
  id: string;
  /** The user of the list. A new object loads the list again. */
  of: Of;
  /** The name of the user. */
  name: string;
  label: string;
  className?: string;
  /** The number of people on all pages, if it is known. */
  size?: number | undefined;
  /** What is above the list. The list can be longer than the part that is shown. */
  above?: (shown: Connection | undefined) => ReactNode;
  /** Whether another page loads only on a click. */
  isManual?: boolean;
  /** The user, if this is their list of followers: new followers are offered. Null until the user is loaded. */
  newsOf?: { id: string; username: string } | null | undefined;
}

/** The people of a list. Another page loads when the user comes near the end. */
export function People({ list, id, of, name, label, className = '', size, above, isManual = false, newsOf }: PeopleProps) {
  const [pages, setPages] = useState(() => (isWayBack() && read.get(id)) || 1);
  const [known, setKnown] = useState<readonly Page[]>([]);
  const [renewals, setRenewals] = useState(0);
  const report = useCallback((number: number, page: Page | undefined) => {
    setKnown((before) => {
      const now = before.slice();
      if (page) now[number - 1] = page;
      else now.length = Math.min(now.length, number - 1);
      return now;
    });
  }, []);
  const first = known[0]?.connection;
  const last = known.at(-1);
  const next = last?.connection?.pageInfo.hasNextPage ? last.connection.pageInfo.endCursor : null;
  const edges = useMemo(() => known.flatMap(({ connection }) => connection?.edges ?? []), [known]);
  const cursors = useMemo(() => new Set(first?.edges.map(({ cursor }) => cursor)), [first]);
  const news = useNews(newsOf ?? undefined, cursors);
  const people = useRef<HTMLUListElement>(null);
  const goesOnAt = useRef<number>(undefined);
  useEffect(() => {
    read.set(id, pages);
  }, [id, pages]);

  function renew() {
    news.clear();
    setRenewals(renewals + 1);
    people.current?.focus({ preventScroll: true }); // the button disappears
  }

  /** Loads the next page. Its first person gets the focus if the button has it, which disappears. */
  function readOn(hasFocus: boolean) {
    setPages(pages + 1);
    goesOnAt.current = hasFocus ? edges.length : undefined;
  }
  useEffect(() => {
    const index = goesOnAt.current;
    if (index === undefined || edges.length <= index) return;
    goesOnAt.current = undefined;
    if (isFocusFree()) people.current?.querySelector<HTMLElement>(`[aria-posinset="${index + 1}"] a`)?.focus();
  }, [edges.length]);

  const total = first?.totalCount;
  return (
    <>
      <Pages list={list} of={of} after={null} page={1} pages={pages} report={report} renewals={renewals} />
      {(above || newsOf !== undefined) && (
        <div className="list-head">
          {above?.(first)}
          {newsOf !== undefined && (
            <div className="news">
              {news.count > 0 && (
                <button type="button" onClick={renew}>
                  {news.isMore ? 'New' : `${digits(news.count)} new`}
                  <span className="unseen"> {news.count === 1 && !news.isMore ? 'follower' : 'followers'}: show</span>
                </button>
              )}
              {/* Only the first one is announced: a popular user gains followers every second. */}
              <span className="unseen" role="status">
                {news.count > 0 && 'There are new followers.'}
              </span>
            </div>
          )}
        </div>
      )}
      {list.total && typeof total === 'number' && total > 0 && <p className="total">{list.total(total)}</p>}
      {first && edges.length > 0 && (
        <Rows
          id={id}
          count={edges.length}
          size={total ?? size ?? (next ? undefined : edges.length)}
          label={label}
          className={className}
          element={people}
          isFocusable={newsOf !== undefined}
          item={(index, place) => itemOf(edges[index]!, place)}
        />
      )}
      {first && edges.length === 0 && <p className="empty">{list.empty(isolated(name))}</p>}
      {last && !last.connection && (
        <ul className={`people ${className}`} aria-label={first ? undefined : label}>
          {last.error ? (
            <li className="wide">
              <Fault error={last.error} retry={last.retry} />
            </li>
          ) : (
            last.isLoading && <Skeletons />
          )}
        </ul>
      )}
      {next && known.length === pages && <More key={next} isManual={isManual} more={readOn} />}
    </>
  );
}

function itemOf({ cursor, node, followedAt }: Edge, place: Place) {
  if (!node) return <Stranger key={cursor} followedAt={followedAt} {...place} />;
  return <Person key={cursor} person={node} followedAt={followedAt} {...place} />;
}

/** Loads the next page on a click, or when it comes near the window. */
function More({ more, isManual }: { more: (hasFocus: boolean) => void; isManual: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const ask = useEffectEvent(() => more(place.current!.contains(document.activeElement)));
  useEffect(() => {
    if (isManual) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && ask(),
      { rootMargin: '600px' },
    );
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, [isManual]);
  return (
    <div className="more" ref={place}>
      <button type="button" onClick={() => more(true)}>
        Show more
      </button>
    </div>
  );
}

/** Placeholders for people who are loading. */
export function Skeletons({ count = 6 }: { count?: number }) {
  return (
    <li className="skeletons">
      <span className="unseen" role="status">
        Loading…
      </span>
      {Array.from({ length: count }, (_, index) => (
        <span className="person skeleton" key={index} aria-hidden="true">
          <span className="avatar" />
          <span className="person-text">
            <span className="person-name" />
            <span className="person-facts" />
          </span>
        </span>
      ))}
    </li>
  );
}
