import { isolated, nameOf } from '../name.ts';
import type { Person } from './graph.ts';

export { isolated };

/** The maximum number of user-perceived characters (graphemes) of a name in the drawing. */
const LENGTH = 24;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns a person's name, shortened for the drawing. */
export function labelOf(person: Person): string {
  return isolated(cut(nameOf(person)));
}

function cut(name: string): string {
  let end = 0;
  let count = 0;
  for (const { index } of graphemes.segment(name)) {
    if (count === LENGTH - 1) end = index;
    if (++count > LENGTH) return `${name.slice(0, end).trimEnd()}…`;
  }
  return name;
}
