import { nameOf } from '../name.ts';
import { follows, type Graph, type Person } from './graph.ts';
import type { LineKinds } from './marks.ts';

/** The formats of the drawn data. */
export type DataFormat = 'people.csv' | 'follows.csv' | 'json';

/** Returns the drawn people or follows as a file. */
export function fileOf(graph: Graph, lines: LineKinds, format: DataFormat): Blob {
  if (format === 'json') return new Blob([jsonOf(graph, lines)], { type: 'application/json' });
  const text = format === 'people.csv' ? peopleCsvOf(graph) : followsCsvOf(graph, lines);
  return new Blob([text], { type: 'text/csv;charset=utf-8' });
}

/** Without this mark at the beginning, spreadsheets do not read a CSV file as UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/** Returns the drawn people as CSV (RFC 4180), for spreadsheets. */
export function peopleCsvOf(graph: Graph): string {
  const rows = [...graph.people.values()].map((person) => {
    const { username, stats } = person;
    return [username, nameOf(person), stats.followersCount, stats.followingsCount];
  });
  return BYTE_ORDER_MARK + csvOf([['username', 'name', 'followers', 'following'], ...rows]);
}

/**
 * Returns the drawn follows as CSV (RFC 4180): a list of edges, as programs for graphs read it. They do not expect a byte
 * order mark.
 */
export function followsCsvOf(graph: Graph, lines: LineKinds): string {
  return csvOf([
    ['follower', 'following', 'followed_at'],
    ...followsOf(graph, lines).map(({ follower, following, followedAt }) => [follower, following, followedAt ?? '']),
  ]);
}

/** Returns the drawn people and follows as JSON. */
export function jsonOf(graph: Graph, lines: LineKinds): string {
  const people = [...graph.people.values()].map((person: Person) => ({
    username: person.username,
    name: nameOf(person),
    followersCount: person.stats.followersCount,
    followingsCount: person.stats.followingsCount,
  }));
  const middle = graph.people.get(graph.middle)!.username;
  return `${JSON.stringify({ middle, people, follows: followsOf(graph, lines) }, null, 2)}\n`;
}

interface NamedFollow {
  follower: string;
  following: string;
  followedAt: string | null;
}

function followsOf(graph: Graph, lines: LineKinds): NamedFollow[] {
  const nameIn = (id: string) => graph.people.get(id)!.username;
  const isDrawn = (follower: string, id: string) => (follows(graph, id, follower) ? lines.mutual : lines.oneWay);
  return [...graph.following].flatMap(([follower, followed]) =>
    [...followed].filter((id) => isDrawn(follower, id)).map((id) => ({
      follower: nameIn(follower),
      following: nameIn(id),
      followedAt: graph.times.get(follower)?.get(id) ?? null,
    })),
  );
}

function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join()}\r\n`).join('');
}

/**
 * A spreadsheet takes a text that begins with one of these characters for a formula, some also with their wide forms.
 * Names come from anyone, and a formula can send data to another host.
 */
const FORMULA = /^\s*[=+\-@\t\r\n＝＋－＠]/;

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Saves a file. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may read it after the click
}

/** Returns the name of a file about a person. */
export function fileNameOf(username: string, format: string): string {
  const name = username.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80);
  return `followgraph-${name}${format.includes('.') ? '-' : '.'}${format}`;
}
