import { useEffect, useRef, useState } from 'react';
import { useClient, useQuery } from 'urql';

import { ViewerDocument } from '../__generated__/graphql.ts';
import { newestPosition } from '../position.ts';
import { useSession } from '../session.tsx';
import { Live } from './live.ts';

/** Returns the live data of the caller. */
export function useLive(): Live {
  return Live.of(useClient());
}

/** Keeps users current while the component is shown. */
export function useShown(ids: readonly string[], rank: number): void {
  const live = useLive();
  const key = ids.join();
  useEffect(() => (key === '' ? undefined : live.show(key.split(','), rank)), [live, key, rank]);
}

/** Keeps a user current while an element is visible. */
export function useShownWith<Element extends HTMLElement>(id: string): React.RefObject<Element | null> {
  const live = useLive();
  const place = useRef<Element>(null);
  useEffect(() => live.watch(place.current!, id), [live, id]);
  return place;
}

/** The followers of a user that are not in the shown list yet. */
export interface News {
  /** Their number. */
  count: number;
  /** Whether there are perhaps more, because the connection was interrupted for long. */
  isMore: boolean;
  /** Forgets them, because the list is loaded again. */
  clear(): void;
}

interface Gained {
  /** The id of the follower of each cursor, empty if it is not known. */
  followers: ReadonlyMap<string, string>;
  /** The cursor of the newest follower after a gap. There can be more before it. */
  newest?: string;
}

const NONE: Gained = { followers: new Map() };

/**
 * Collects the new followers of a user while their list is shown.
 *
 * @param user the user, if the list of followers is shown
 * @param shown the cursors of the first page of the list
 */
export function useNews(user: { id: string; username: string } | undefined, shown: ReadonlySet<string>): News {
  const live = useLive();
  const { session } = useSession();
  const [{ data }] = useQuery({ query: ViewerDocument, pause: !session || !user });
  const viewer = session && data?.viewer?.id;
  const [since] = useState(newestPosition);
  const [{ followers, newest }, set] = useState(NONE);
  const { id, username } = user ?? {};
  useEffect(() => {
    set(NONE);
    if (id === undefined || username === undefined) return;
    return live.follow({ id, username }, since, {
      changed: (changes) =>
        set((before) => {
          const now = new Map(before.followers);
          for (const { kind, followerId, edge } of changes) {
            if (kind === 'GAINED') now.set(edge.cursor, followerId);
            else now.delete(edge.cursor);
          }
          return { ...before, followers: now };
        }),
      missed: (newest) => set(({ followers }) => ({ followers: new Map(followers).set(newest, ''), newest })),
    });
  }, [live, id, username, since]);
  // The list shows the viewer's own follow immediately.
  const isNews = ([cursor, follower]: [string, string]) => !shown.has(cursor) && follower !== viewer;
  const isMore = newest !== undefined && followers.has(newest) && !shown.has(newest);
  return { count: [...followers].filter(isNews).length, isMore, clear: () => set(NONE) };
}
