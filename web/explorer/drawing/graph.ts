import type { PersonFragment } from '../__generated__/graphql.ts';

/** The fields that depend on the viewer. */
type ViewerField = 'isViewer' | 'viewerIsFollowing' | 'isFollowingViewer' | 'viewerCanFollow';

/** A person. The fields that depend on the viewer are missing until they are loaded for the current viewer. */
export type Person = Omit<PersonFragment, ViewerField> & Partial<Pick<PersonFragment, ViewerField>>;

/** One of the two lists of a person. */
export type Side = 'followers' | 'following';
export const SIDES = ['followers', 'following'] as const;

/** The maximum number of people in the drawing. */
export const MOST_PEOPLE = 10_000;

/**
 * The list that a page is from: all followers or followed people, newest follow first; the most followed of them; or
 * the mutual follows.
 */
export type Source = 'all' | 'top' | 'mutual';

/** A page of a person's list, as the API returned it. */
export interface Page {
  /** The global id of the person whose list it is. */
  of: string;
  /** For mutual follows, one of the two sides: each of them is in both. */
  side: Side;
  source: Source;
  /** The cursor before the page. Undefined for the first page. */
  after: string | undefined;
  people: readonly Person[];
  /** The people who were on the page before. They stay in the drawing, without the follow. */
  former?: readonly Person[];
  /** When the follows of the page were created, by the global id of the other person. Empty if it is not known. */
  times: ReadonlyMap<string, string>;
  /** The number of entries without an account. They are not drawn. */
  withoutAccount: number;
  /** The cursor for the next page. Undefined on the last page. */
  next: string | undefined;
  /** Whether the list ends with this page. */
  isLast: boolean;
  /** The number of people on all pages, if the server counted them. */
  total: number | undefined;
}

/** A follow between two people, by global ids. */
export interface Follow {
  followerId: string;
  followingId: string;
  /** When it was created. Undefined if it is not known. */
  followedAt?: string;
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
type ListPart = Omit<Page, 'people' | 'former' | 'times'>;
type Expansion = Record<Side, readonly ListPart[]>;

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
  /** By follower and followed person, when the follows were created, as far as it is known. */
  times: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The pages of each person's lists that were added. */
  expansions: ReadonlyMap<string, Expansion>;
  /**
   * By follower and followed person, the follows that began or ended after the pages were loaded. The pages do not
   * change, so that the lists beside the drawing stay.
   */
  corrections: ReadonlyMap<string, ReadonlyMap<string, boolean>>;
}

/** Returns a graph with one person. */
export function begin(middle: Person, viewer?: string, corrections: Graph['corrections'] = new Map()): Graph {
  return {
    viewer,
    middle: middle.id,
    people: new Map([[middle.id, middle]]),
    steps: [],
    origins: new Map(),
    following: new Map(),
    times: new Map(),
    expansions: new Map(),
    corrections,
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
  return withPages(graph, page.of, [page]);
}

/** Returns the graph with pages of one person's lists added, as far as there is room. */
export function withPages(graph: Graph, of: string, pages: readonly Page[]): Graph {
  const people = new Map(graph.people);
  const origins = new Map(graph.origins);
  const added: string[] = [];
  const follows: Follow[] = [];
  const add = (person: Person) => {
    const { id } = person;
    const known = people.get(id);
    if (!known) {
      if (people.size >= MOST_PEOPLE) return;
      origins.set(id, of);
      added.push(id);
    }
    people.set(id, newerOf(known, person));
  };
  for (const page of pages) {
    for (const person of page.people) {
      add(person);
      follows.push(...followsOf(page, person.id));
    }
    for (const person of page.former ?? []) if (!people.has(person.id)) add(person);
  }
  const before = graph.expansions.get(of) ?? { followers: [], following: [] };
  const expansion = { followers: [...before.followers], following: [...before.following] };
  for (const { people: _people, former: _former, times: _times, ...rest } of pages) {
    const isSame = ({ after, source }: ListPart) => after === rest.after && source === rest.source;
    const place = expansion[rest.side].findIndex(isSame);
    if (place < 0) expansion[rest.side].push(rest);
    else expansion[rest.side][place] = rest;
  }
  const expansions = new Map(graph.expansions).set(of, expansion);
  return withFollows({ ...graph, people, steps: inStep(graph.steps, of, added), origins, expansions }, follows);
}

function followsOf({ of, side, source, times }: Page, id: string): Follow[] {
  const time = times.get(id);
  const at = time === undefined ? {} : { followedAt: time };
  const [from, to] = [{ followerId: id, followingId: of }, { followerId: of, followingId: id }];
  if (source === 'mutual') return [from, to];
  return [{ ...(side === 'followers' ? from : to), ...at }];
}

/** Returns the data of a person. A page of an earlier viewer has no fields of the present one. */
function newerOf(known: Person | undefined, person: Person): Person {
  return known?.isViewer !== undefined && person.isViewer === undefined ? known : person;
}

/**
 * Returns the graph with the people of a path. Each of them follows the next one. People who are not drawn yet are
 * placed beside their neighbour on the path.
 */
export function withPath(graph: Graph, path: readonly Person[]): Graph {
  if (path.length === 0) return graph;
  const people = new Map(graph.people);
  const origins = new Map(graph.origins);
  const ids = path.map(({ id }) => id);
  const added = ids.filter((id) => !people.has(id));
  if (people.size + added.length > MOST_PEOPLE) return graph;
  // From a person who is drawn to both sides.
  const start = Math.max(0, ids.findIndex((id) => people.has(id)));
  if (added.includes(ids[start]!)) origins.set(ids[start]!, graph.middle);
  for (let i = start + 1; i < ids.length; i++) if (added.includes(ids[i]!)) origins.set(ids[i]!, ids[i - 1]!);
  for (let i = start - 1; i >= 0; i--) if (added.includes(ids[i]!)) origins.set(ids[i]!, ids[i + 1]!);
  for (const person of path) people.set(person.id, newerOf(people.get(person.id), person));
  const steps = added.length > 0 ? [...graph.steps, { of: ids[0]!, people: added, path: ids }] : graph.steps;
  const follows = ids.slice(1).map((followingId, i) => ({ followerId: ids[i]!, followingId }));
  return withFollows({ ...graph, people, origins, steps }, follows);
}

/** Returns the graph with follows added. Follows of people who are not drawn are ignored. */
export function withFollows(graph: Graph, follows: readonly Follow[]): Graph {
  const following = new Map<string, Set<string>>();
  const times = new Map<string, Map<string, string>>();
  for (const { followerId, followingId, followedAt } of follows) {
    if (!graph.people.has(followerId) || !graph.people.has(followingId)) continue;
    setDefault(following, followerId, () => new Set(graph.following.get(followerId))).add(followingId);
    if (followedAt === undefined) continue;
    setDefault(times, followerId, () => new Map(graph.times.get(followerId))).set(followingId, followedAt);
  }
  return withViewer(
    corrected({
      ...graph,
      following: new Map([...graph.following, ...following]),
      times: new Map([...graph.times, ...times]),
    }),
  );
}

function setDefault<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * Returns the graph with its follows in the order of the people. Without it, the order would depend on the order in
 * which they were loaded, and so would the choice among several paths.
 */
export function inOrder(graph: Graph): Graph {
  const ranks = new Map([...graph.people.keys()].map((id, i) => [id, i]));
  const following = new Map<string, ReadonlySet<string>>();
  for (const id of graph.people.keys()) {
    const followed = graph.following.get(id);
    if (followed) following.set(id, new Set([...followed].sort((a, b) => ranks.get(a)! - ranks.get(b)!)));
  }
  return { ...graph, following };
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
  return { ...graph, viewer, people: new Map([...graph.people].map(([id, person]) => [id, withoutViewer(person)])) };
}

/** Returns a person without the fields that depend on the viewer. */
export function withoutViewer(known: Person): Person {
  const { isViewer, viewerIsFollowing, isFollowingViewer, viewerCanFollow, ...person } = known;
  return person;
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
export function follows(graph: Pick<Graph, 'following'>, follower: string, followed: string): boolean {
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

export function linesOf(graph: Pick<Graph, 'following'>): Line[] {
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
  const parts = graph.expansions.get(id)?.[side] ?? [];
  const ofAll = parts.filter(({ source }) => source === 'all').reduce((sum, part) => sum + part.withoutAccount, 0);
  return Math.max(ofAll, ...parts.filter(({ source }) => source !== 'all').map((part) => part.withoutAccount), 0);
}

/** Returns the number of mutual follows of an expanded person. Undefined if the server did not count them. */
export function mutualOf(graph: Graph, id: string): number | undefined {
  const parts = graph.expansions.get(id)?.followers ?? [];
  return parts.find(({ source, total }) => source === 'mutual' && total !== undefined)?.total;
}

export function isExpanded(graph: Graph, id: string): boolean {
  return graph.expansions.has(id);
}

/** Reports whether the drawing has no room for more people. */
export function isFull(graph: Graph): boolean {
  return graph.people.size >= MOST_PEOPLE;
}

/** Reports whether the lists of a person have more people. */
export function hasMore(graph: Graph, id: string): boolean {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  const isOpen = (side: Side) => !graph.expansions.get(id)?.[side].some(({ isLast }) => isLast);
  return (followersCount > 0 && isOpen('followers')) || (followingsCount > 0 && isOpen('following'));
}

const usernames = new WeakMap<ReadonlyMap<string, Person>, ReadonlyMap<string, string>>();

/** Returns the global id of a drawn person. */
export function idOf(graph: Graph, username: string): string | undefined {
  let ids = usernames.get(graph.people);
  if (!ids) {
    ids = new Map([...graph.people.values()].map((person) => [person.username, person.id]));
    usernames.set(graph.people, ids);
  }
  return ids.get(username);
}

/** Returns a newer version of a page, with the people who are not on it any more. */
export function withFormer(page: Page, before: Page | undefined): Page {
  if (!before) return page;
  const now = new Set(page.people.map(({ id }) => id));
  return { ...page, former: [...before.people, ...(before.former ?? [])].filter(({ id }) => !now.has(id)) };
}
