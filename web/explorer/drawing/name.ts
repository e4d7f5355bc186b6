import { nameOf } from '../name.ts';
import type { Person } from './graph.ts';

/** The maximum number of user-perceived characters (graphemes) of a name in the drawing. */
const LENGTH = 24;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns a text whose direction does not affect the text around it (Unicode, UAX #9: FSI and PDI). */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

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
