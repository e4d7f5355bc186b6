import { nameOf } from '../name.ts';
import type { Graph, Person } from './graph.ts';

/** The maximum number of people who are offered. */
const MOST = 8;

/**
 * Returns the people of a graph with a word for each word of a text: a word of their name or username begins with it.
 * Case and accents make no difference. The most followed people come first.
 */
export function foundIn(graph: Graph, text: string): Person[] {
  const wanted = wordsOf(text.replaceAll('@', ' '));
  if (wanted.length === 0) return [];
  const isMatch = (person: Person) => {
    const words = wordsOf(`${nameOf(person)} ${person.username}`);
    return wanted.every((start) => words.some((word) => word.startsWith(start)));
  };
  return [...graph.people.values()]
    .filter(isMatch)
    .sort((a, b) => b.stats.followersCount - a.stats.followersCount)
    .slice(0, MOST);
}

function wordsOf(text: string): string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}
