import { idOf, relationOf, type Graph, type Relation } from './graph.ts';
import type { Kind, Plan } from './plan.ts';

const KIND_OF: Record<Relation, Kind> = {
  both: 'mutual',
  follower: 'followers',
  followed: 'followed',
  other: 'others',
};

/**
 * Returns the part of the graph that is drawn: without hidden people and kinds of people, and as of the chosen day. The
 * person in the middle and the people of the path are always in it.
 *
 * @param path the global ids of the people of the path
 */
export function partOf(graph: Graph, plan: Plan, path: readonly string[] = []): Graph {
  const asOf = plan.until === undefined ? graph : graphAsOf(graph, plan.until);
  const kept = new Set([graph.middle, ...path]);
  const hidden = new Set(plan.hidden.map((username) => idOf(graph, username)));
  const isConnected = plan.until === undefined ? () => true : connectedIn(asOf);
  const isShown = (id: string) =>
    kept.has(id) ||
    (!hidden.has(id) && !plan.off.has(KIND_OF[relationOf(asOf, id, graph.middle)]) && isConnected(id));
  const people = new Map([...graph.people].filter(([id]) => isShown(id)));
  if (people.size === graph.people.size && asOf === graph) return graph;
  const following = new Map<string, ReadonlySet<string>>();
  for (const [follower, followed] of asOf.following) {
    if (people.has(follower)) following.set(follower, new Set([...followed].filter((id) => people.has(id))));
  }
  return { ...graph, people, following };
}

/** Returns the graph with the follows that existed on a day (UTC). Follows of an unknown day stay. */
function graphAsOf(graph: Graph, day: string): Graph {
  const following = new Map<string, ReadonlySet<string>>();
  for (const [follower, followed] of graph.following) {
    const times = graph.times.get(follower);
    following.set(follower, new Set([...followed].filter((id) => dayOf(times?.get(id) ?? '') <= day)));
  }
  return { ...graph, following };
}

function connectedIn(graph: Graph): (id: string) => boolean {
  const connected = new Set<string>();
  for (const [follower, followed] of graph.following) {
    if (followed.size > 0) connected.add(follower);
    for (const id of followed) connected.add(id);
  }
  return (id) => connected.has(id);
}

/** Returns the day of a time in UTC, as in 2026-05-31. */
function dayOf(time: string): string {
  return time.slice(0, 10);
}

/** The days of the follows of a graph. */
export interface Days {
  /** The different days in order, as in 2026-05-31 (UTC). */
  days: readonly string[];
  /** The number of follows whose day is not known. */
  unknown: number;
}

/** Returns the days of the follows. */
export function daysOf(graph: Graph): Days {
  const days = new Set<string>();
  let unknown = 0;
  for (const [follower, followed] of graph.following) {
    const times = graph.times.get(follower);
    for (const id of followed) {
      const time = times?.get(id);
      if (time === undefined) unknown++;
      else days.add(dayOf(time));
    }
  }
  return { days: [...days].sort(), unknown };
}

/** The number of drawn people by relation to the person in the middle. Together with the middle they are all people. */
export function kindsIn(graph: Graph): Record<Relation, number> {
  const counts = { both: 0, follower: 0, followed: 0, other: 0 };
  for (const id of graph.people.keys()) if (id !== graph.middle) counts[relationOf(graph, id, graph.middle)]++;
  return counts;
}
