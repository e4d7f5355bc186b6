import { bare, baseLetters } from '../match.ts';
import { nameOf } from '../name.ts';
import type { Graph, Person } from './graph.ts';

/** The maximum number of people who are offered. */
const MOST = 8;

/**
 * Returns the people of a graph with a word for each word of a text: a word of their name or username begins with it.
 * Case and accents make no difference. Whole names come first, then the most followed people.
 */
export function foundIn(graph: Graph, text: string): Person[] {
  const wanted = wordsOf(bare(text));
  if (wanted.length === 0) return [];
  const found = [...graph.people.values()].filter((person) => {
    const names = namesOf(person).flat();
    return wanted.every((start) => names.some((word) => word.startsWith(start)));
  });
  const whole = new Set(found.filter((person) => namesOf(person).some((words) => words.toSorted().join() === wanted.toSorted().join())));
  return found
    .sort((a, b) => Number(whole.has(b)) - Number(whole.has(a)) || b.stats.followersCount - a.stats.followersCount)
    .slice(0, MOST);
}

const names = new WeakMap<Person, string[][]>();

/** Returns the words of a person's name and username. They are kept: thousands of people are searched at each letter. */
function namesOf(person: Person): string[][] {
  const known = names.get(person);
  if (known) return known;
  const words = [wordsOf(nameOf(person)), wordsOf(person.username)];
  names.set(person, words);
  return words;
}

/** Signs such as emoji are words only in a text or name without letters and digits. */
function wordsOf(text: string): string[] {
  const words = baseLetters(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return words.length > 0 ? words : text.split(/\s+/).filter(Boolean);
}
