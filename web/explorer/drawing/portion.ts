import type { Rank } from './plan.ts';

/**
 * A part of a person's lists that is added together. Its size does not depend on the window: the same steps give the
 * same people on every machine.
 */
export interface Portion {
  username: string;
  rank: Rank;
  /** 0 for the first portion of the person, 1 for the next one. */
  index: number;
  isMiddle: boolean;
}

/** A request for the most followed people of both lists, and for mutual follows. */
export interface TopRequest {
  kind: 'top';
  mutual: number;
  first: number;
}

/** Requests for pages of both lists, newest follow first, one after the other. */
export interface PagesRequest {
  kind: 'pages';
  first: number;
  pages: number;
  /** Whether it continues after the last page of the portion before. */
  isContinued: boolean;
}

/** The maximum page size of the API. */
const PAGE = 100;

/** The pages of the portions after the first one that has a whole page. */
const MORE = [5, 10];

/** The first request for the person in the middle. */
export const TOP_OF_MIDDLE = { mutual: 20, first: 24 } as const;

/** Returns the requests of a portion. Each further portion is larger, so that thousands of people take a few clicks. */
export function requestOf({ rank, index, isMiddle }: Portion): TopRequest | PagesRequest {
  if (rank === 'top' && index === 0) return { kind: 'top', ...(isMiddle ? TOP_OF_MIDDLE : { mutual: 12, first: 16 }) };
  if (rank === 'top' && index === 1) return { kind: 'top', mutual: PAGE, first: PAGE };
  if (index === 0) return { kind: 'pages', first: isMiddle ? 36 : 20, pages: 1, isContinued: false };
  if (index === 1) return { kind: 'pages', first: PAGE, pages: 1, isContinued: true };
  const pages = MORE[Math.min(index - 2, MORE.length - 1)]!;
  return { kind: 'pages', first: PAGE, pages, isContinued: rank === 'newest' || index > 2 };
}

/** Returns the maximum number of people that the next portion of a person adds. */
export function sizeOf(portion: Portion): number {
  const request = requestOf(portion);
  return request.kind === 'top' ? request.mutual + 2 * request.first : 2 * request.first * request.pages;
}

/** Returns the portions of a plan in order. The first one of the person in the middle comes first. */
export function portionsOf(middle: string, expanded: readonly string[], rank: Rank): Portion[] {
  const counts = new Map<string, number>();
  return [middle, ...expanded].map((username) => {
    const index = counts.get(username) ?? 0;
    counts.set(username, index + 1);
    return { username, rank, index, isMiddle: username === middle };
  });
}

/**
 * Reports whether the people of a portion change with the cache. The cache takes longer for thousands of people than the
 * requests, so further portions are loaded without it.
 */
export function isLive({ index }: Portion): boolean {
  return index < 2;
}

/** Returns a text that identifies a portion. */
export function keyOf({ username, rank, index }: Portion): string {
  return JSON.stringify([username, rank, index]);
}
