import type { PersonFragment } from '../__generated__/graphql.ts';

/** The fields that depend on the viewer. */
type ViewerField = 'isViewer' | 'viewerIsFollowing' | 'isFollowingViewer' | 'viewerCanFollow';

/** A person. The fields that depend on the viewer are missing until they are loaded for the current viewer. */
export type Person = Omit<PersonFragment, ViewerField> & Partial<Pick<PersonFragment, ViewerField>>;

/** One of the two lists of a person. */
export type Side = 'followers' | 'following';
export const SIDES = ['followers', 'following'] as const;

/** The maximum number of people. With more, a slow machine cannot draw frames fast enough to follow a finger. */
export const MOST_PEOPLE = 600;

/** A page of a person's list, as the API returned it. */
export interface Page {
  /** The global id of the person whose list it is. */
  of: string;
  side: Side;
  /** The cursor before the page. Undefined for the first page. */
  after: string | undefined;
  people: readonly Person[];
  /** The number of entries without an account. They are not drawn. */
  withoutAccount: number;
  /** The cursor for the next page. Undefined on the last page. */
  next: string | undefined;
}

/** A follow between two people, by global ids. */
export interface Follow {
  followerId: string;
  followingId: string;
}

/**
 * The people who were added together. The layout places one step after another, so the same steps give the same
 * picture.
 */
export interface Step {
  /** The global id of the person whose lists added the people. For a path, its first person. */
  of: string;
  /** The added people. Their order has no effect on the picture. */
  people: readonly string[];
  /** For a path, all its people in order. The added people are placed between the others. */
  path?: readonly string[];
  /** Where the user had put the person `of` before the step, if anywhere. The people are placed around it. */
  at?: { x: number; y: number };
}

/** A page without its people: the graph has newer data about them. */
type Expansion = Record<Side, readonly Omit<Page, 'people'>[]>;

/** The graph that is drawn. It is immutable: each step returns a new graph. */
export interface Graph {
  /** The username of the viewer, if signed in. The viewer is not always drawn. */
  viewer: string | undefined;
  /** The global id of the person in the middle. */
  middle: string;
  /** The people by global id, in the order in which they were added. */
  people: ReadonlyMap<string, Person>;
  /** The people except the middle, in the order of the expansions. */
  steps: readonly Step[];
  /** For each person except the middle, the person whose list added them. */
  origins: ReadonlyMap<string, string>;
  /** For each person, the drawn people that this person follows. */
  following: ReadonlyMap<string, ReadonlySet<string>>;
  /** The pages of each person's lists that were added. */
  expansions: ReadonlyMap<string, Expansion>;
  /**
   * By follower and followed person, the follows that began or ended after the pages were loaded. The pages do not
   * change, so that the lists beside the drawing stay.
   */
  corrections: ReadonlyMap<string, ReadonlyMap<string, boolean>>;
}

/** Returns a graph with one person. */
export function begin(middle: Person, viewer?: string): Graph {
  return {
    viewer,
    middle: middle.id,
    people: new Map([[middle.id, middle]]),
    steps: [],
    origins: new Map(),
    following: new Map(),
    expansions: new Map(),
    corrections: new Map(),
  };
}

/** Returns the graph with new data about a drawn person. */
export function withPerson(graph: Graph, person: Person): Graph {
  if (!graph.people.has(person.id)) return graph;
  return withViewer({ ...graph, people: new Map(graph.people).set(person.id, person) });
}

/** Returns the graph with a new step. The people of the next pages of this person are added to it. */
export function withStep(graph: Graph, step: Step): Graph {
  return { ...graph, steps: [...graph.steps, step] };
}

function inStep(steps: readonly Step[], of: string, people: readonly string[]): readonly Step[] {
  if (people.length === 0) return steps;
  const index = steps.findLastIndex((step) => step.of === of && !step.path);
  if (index < 0) return [...steps, { of, people }];
  return steps.with(index, { ...steps[index]!, people: [...steps[index]!.people, ...people] });
}

/** Returns the graph with a page added. A newer version of a page replaces the older one. */
export function withPage(graph: Graph, page: Page): Graph {
  const people = new Map(graph.people);
  const origins = new Map(graph.origins);
  const added: string[] = [];
  for (const person of page.people) {
    if (!people.has(person.id)) {
      origins.set(person.id, page.of);
      added.push(person.id);
    }
    people.set(person.id, person);
  }
  const steps = inStep(graph.steps, page.of, added);
  const before = graph.expansions.get(page.of) ?? { followers: [], following: [] };
  const { people: _, ...rest } = page;
  const pages = before[page.side].filter(({ after }) => after !== page.after);
  const place = before[page.side].findIndex(({ after }) => after === page.after);
  pages.splice(place < 0 ? pages.length : place, 0, rest);
  const expansions = new Map(graph.expansions).set(page.of, { ...before, [page.side]: pages });
  const follows = page.people.map(({ id }) =>
    page.side === 'followers' ? { followerId: id, followingId: page.of } : { followerId: page.of, followingId: id },
  );
  return withFollows({ ...graph, people, steps, origins, expansions }, follows);
}

/** Returns the graph with follows added. Follows of people who are not drawn are ignored. */
export function withFollows(graph: Graph, follows: readonly Follow[]): Graph {
  const following = new Map<string, Set<string>>();
  for (const { followerId, followingId } of follows) {
    if (!graph.people.has(followerId) || !graph.people.has(followingId)) continue;
    const known = following.get(followerId) ?? new Set(graph.following.get(followerId));
    following.set(followerId, known.add(followingId));
  }
  return withViewer(corrected({ ...graph, following: new Map([...graph.following, ...following]) }));
}

/** Returns the graph with exactly these follows among some people. Other follows stay. */
export function withFollowsAmong(graph: Graph, ids: readonly string[], now: readonly Follow[]): Graph {
  const wanted = new Set(now.map(({ followerId, followingId }) => `${followerId}>${followingId}`));
  const corrections = new Map(graph.corrections);
  for (const follower of ids) {
    const ofFollower = new Map(corrections.get(follower));
    for (const followed of ids) {
      const isWanted = wanted.has(`${follower}>${followed}`);
      const isDrawn = graph.people.has(follower) && graph.people.has(followed);
      if (isDrawn && isWanted !== follows(graph, follower, followed)) ofFollower.set(followed, isWanted);
    }
    if (ofFollower.size > 0) corrections.set(follower, ofFollower);
  }
  return withViewer(corrected({ ...graph, corrections }));
}

function corrected(graph: Graph): Graph {
  if (graph.corrections.size === 0) return graph;
  const following = new Map(graph.following);
  for (const [follower, changes] of graph.corrections) {
    const known = new Set(following.get(follower));
    for (const [followed, isFollowing] of changes) {
      if (isFollowing) known.add(followed);
      else known.delete(followed);
    }
    following.set(follower, known);
  }
  return { ...graph, following };
}

/** Returns the graph for another viewer, without the fields that depend on the viewer. The follows stay. */
export function seenBy(graph: Graph, viewer: string | undefined): Graph {
  const people = new Map<string, Person>();
  for (const [id, known] of graph.people) {
    const { isViewer, viewerIsFollowing, isFollowingViewer, viewerCanFollow, ...person } = known;
    people.set(id, person);
  }
  return { ...graph, viewer, people };
}

/**
 * Updates the follows of the viewer from the fields of each person. The cache updates these fields when the viewer
 * follows and unfollows; the follows that were loaded before are not updated. The viewer is identified by username: if
 * the viewer is no longer in any list, no response contains their id.
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

/** Reports whether one person follows another, as far as the follows are loaded. */
export function follows(graph: Graph, follower: string, followed: string): boolean {
  return graph.following.get(follower)?.has(followed) ?? false;
}

/** Returns the relation of one person to another. */
export type Relation = 'follower' | 'followed' | 'both' | 'other';

export function relationOf(graph: Graph, id: string, to: string): Relation {
  const follower = follows(graph, id, to);
  if (follows(graph, to, id)) return follower ? 'both' : 'followed';
  return follower ? 'follower' : 'other';
}

/** A line of the drawing: a follow, or two follows in opposite directions. */
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
      if (mutual && source > target) continue; // the other direction draws the line
      lines.push({ id: `${source}>${target}`, source, target, mutual });
    }
  }
  return lines;
}

/** Returns the number of a person's followers or followed people who are drawn. */
export function drawnOf(graph: Graph, id: string, side: Side): number {
  if (side === 'following') return graph.following.get(id)?.size ?? 0;
  let count = 0;
  for (const followed of graph.following.values()) if (followed.has(id)) count++;
  return count;
}

/** Returns the number of entries without an account in the added pages of a person's list. */
export function withoutAccountOf(graph: Graph, id: string, side: Side): number {
  return graph.expansions.get(id)?.[side].reduce((sum, page) => sum + page.withoutAccount, 0) ?? 0;
}

export function isExpanded(graph: Graph, id: string): boolean {
  return graph.expansions.has(id);
}

/** Returns `after` for the next page of a person's list. Undefined if the list is drawn completely. */
export function nextOf(graph: Graph, id: string, side: Side): { after: string | undefined } | undefined {
  const last = graph.expansions.get(id)?.[side].at(-1);
  if (last) return last.next === undefined ? undefined : { after: last.next };
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  return (side === 'followers' ? followersCount : followingsCount) > 0 ? { after: undefined } : undefined;
}

/** Returns how many people can still be added. */
export function roomOf(graph: Graph): number {
  return Math.max(0, MOST_PEOPLE - graph.people.size);
}

/** Reports whether the drawing has no room for another page of both lists. */
export function isFull(graph: Graph): boolean {
  return roomOf(graph) < SIDES.length;
}

/** Reports whether the lists of a person have more pages. */
export function hasMore(graph: Graph, id: string): boolean {
  return SIDES.some((side) => nextOf(graph, id, side));
}
