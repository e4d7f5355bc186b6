import type { PersonFragment } from '../__generated__/graphql.ts';

/** The fields that tell what somebody is to whoever asks. */
type ViewerField = 'isViewer' | 'viewerIsFollowing' | 'isFollowingViewer' | 'viewerCanFollow';

/** Somebody, without what they are to the viewer for as long as it is not known of the viewer of now. */
export type Person = Omit<PersonFragment, ViewerField> & Partial<Pick<PersonFragment, ViewerField>>;

/** The two lists of a person. */
export type Side = 'followers' | 'following';
export const SIDES = ['followers', 'following'] as const;

/** How many people are drawn at most: with more, a slow machine takes too long for a frame to follow a finger. */
export const MOST_PEOPLE = 600;

/** A page of one of somebody's lists, as the API answered it. */
export interface Page {
  /** Whose list it is, by global id. */
  of: string;
  side: Side;
  /** The cursor that the page starts behind, none for the first one. */
  after: string | undefined;
  people: readonly Person[];
  /** How many of the page have no account here, so that nobody stands for them. */
  strangers: number;
  /** The cursor that leads on, none on the last page. */
  next: string | undefined;
}

/** A follow between two people, by global ids. */
export interface Follow {
  followerId: string;
  followingId: string;
}

/** The people of a page are drawn, and known better there than by what it said of them. */
type Expansion = Record<Side, readonly Omit<Page, 'people'>[]>;

/** What is drawn. It is never changed: each step makes another one. */
export interface Graph {
  /** Who looks at it, by username, if somebody is signed in: they are not always drawn. */
  viewer: string | undefined;
  /** Who stands in the middle, by global id. */
  middle: string;
  /** By global id, in the order in which they came. */
  people: ReadonlyMap<string, Person>;
  /** Through whose lists each one came, bar the middle. */
  origins: ReadonlyMap<string, string>;
  /** Whom each one follows, of those drawn. */
  following: ReadonlyMap<string, ReadonlySet<string>>;
  /** The pages that were taken in of each one's lists. */
  expansions: ReadonlyMap<string, Expansion>;
}

/** Somebody alone. */
export function begin(middle: Person, viewer?: string): Graph {
  return {
    viewer,
    middle: middle.id,
    people: new Map([[middle.id, middle]]),
    origins: new Map(),
    following: new Map(),
    expansions: new Map(),
  };
}

/** Takes in what is newly known of somebody who is drawn. */
export function withPerson(graph: Graph, person: Person): Graph {
  if (!graph.people.has(person.id)) return graph;
  return withViewer({ ...graph, people: new Map(graph.people).set(person.id, person) });
}

/** Takes in a page, again too: of a page that changed, the newer one counts. */
export function withPage(graph: Graph, page: Page): Graph {
  const people = new Map(graph.people);
  const origins = new Map(graph.origins);
  for (const person of page.people) {
    if (!people.has(person.id)) origins.set(person.id, page.of);
    people.set(person.id, person);
  }
  const before = graph.expansions.get(page.of) ?? { followers: [], following: [] };
  const { people: _, ...rest } = page;
  const pages = before[page.side].filter(({ after }) => after !== page.after);
  const place = before[page.side].findIndex(({ after }) => after === page.after);
  pages.splice(place < 0 ? pages.length : place, 0, rest);
  const expansions = new Map(graph.expansions).set(page.of, { ...before, [page.side]: pages });
  const follows = page.people.map(({ id }) =>
    page.side === 'followers' ? { followerId: id, followingId: page.of } : { followerId: page.of, followingId: id },
  );
  return withFollows({ ...graph, people, origins, expansions }, follows);
}

/** Takes in follows between people who are drawn; others do not matter. */
export function withFollows(graph: Graph, follows: readonly Follow[]): Graph {
  const following = new Map<string, Set<string>>();
  for (const { followerId, followingId } of follows) {
    if (!graph.people.has(followerId) || !graph.people.has(followingId)) continue;
    const known = following.get(followerId) ?? new Set(graph.following.get(followerId));
    following.set(followerId, known.add(followingId));
  }
  return withViewer({ ...graph, following: new Map([...graph.following, ...following]) });
}

/** Forgets what everybody was to the viewer, who is another one from now on. Who follows whom stays as it is known. */
export function seenBy(graph: Graph, viewer: string | undefined): Graph {
  const people = new Map<string, Person>();
  for (const [id, known] of graph.people) {
    const { isViewer, viewerIsFollowing, isFollowingViewer, viewerCanFollow, ...person } = known;
    people.set(id, person);
  }
  return { ...graph, viewer, people };
}

/**
 * The viewer's own follows are told by each person's fields, which the page keeps true as the viewer follows and
 * unfollows; what was read before is not. The viewer is known by name: of one who no longer stands in any list, no
 * answer says who it is.
 */
function withViewer(graph: Graph): Graph {
  const viewer = [...graph.people.values()].find(({ username }) => username === graph.viewer);
  if (!viewer) return graph;
  const following = new Map(graph.following);
  const ofViewer = new Set<string>();
  for (const { id, viewerIsFollowing, isFollowingViewer } of graph.people.values()) {
    if (id === viewer.id) continue;
    if (viewerIsFollowing ?? follows(graph, viewer.id, id)) ofViewer.add(id);
    const known = following.get(id);
    if (isFollowingViewer === undefined || (known?.has(viewer.id) ?? false) === isFollowingViewer) continue;
    const changed = new Set(known);
    if (isFollowingViewer) changed.add(viewer.id);
    else changed.delete(viewer.id);
    following.set(id, changed);
  }
  following.set(viewer.id, ofViewer);
  return { ...graph, following };
}

/** Whether one follows the other, as far as is known. */
export function follows(graph: Graph, follower: string, followed: string): boolean {
  return graph.following.get(follower)?.has(followed) ?? false;
}

/** What somebody is to somebody else. */
export type Relation = 'follower' | 'followed' | 'both' | 'other';

export function relationOf(graph: Graph, id: string, to: string): Relation {
  const follower = follows(graph, id, to);
  if (follows(graph, to, id)) return follower ? 'both' : 'followed';
  return follower ? 'follower' : 'other';
}

/** A line of the drawing: one follow, or two that answer each other. */
export interface Line {
  id: string;
  source: string;
  target: string;
  mutual: boolean;
}

export function linesOf(graph: Graph): Line[] {
  const lines: Line[] = [];
  for (const [source, followed] of graph.following) {
    for (const target of followed) {
      const mutual = follows(graph, target, source);
      if (mutual && source > target) continue; // it is drawn from the other end
      lines.push({ id: `${source}>${target}`, source, target, mutual });
    }
  }
  return lines;
}

/** How many of somebody's followers or followed are drawn. */
export function drawnOf(graph: Graph, id: string, side: Side): number {
  if (side === 'following') return graph.following.get(id)?.size ?? 0;
  let count = 0;
  for (const followed of graph.following.values()) if (followed.has(id)) count++;
  return count;
}

/** How many of the pages that were taken in of somebody's list have no account here. */
export function strangersOf(graph: Graph, id: string, side: Side): number {
  return graph.expansions.get(id)?.[side].reduce((sum, page) => sum + page.strangers, 0) ?? 0;
}

export function isExpanded(graph: Graph, id: string): boolean {
  return graph.expansions.has(id);
}

/** Where somebody's list goes on: `after` for its next page, undefined where it is drawn to its end. */
export function nextOf(graph: Graph, id: string, side: Side): { after: string | undefined } | undefined {
  const last = graph.expansions.get(id)?.[side].at(-1);
  if (last) return last.next === undefined ? undefined : { after: last.next };
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  return (side === 'followers' ? followersCount : followingsCount) > 0 ? { after: undefined } : undefined;
}

/** How many more people may be drawn. */
export function roomOf(graph: Graph): number {
  return Math.max(0, MOST_PEOPLE - graph.people.size);
}

/** Whether the drawing takes no page of both lists of somebody any more. */
export function isFull(graph: Graph): boolean {
  return roomOf(graph) < SIDES.length;
}

/** Whether there is more of somebody's lists than was taken in. */
export function hasMore(graph: Graph, id: string): boolean {
  return SIDES.some((side) => nextOf(graph, id, side));
}
