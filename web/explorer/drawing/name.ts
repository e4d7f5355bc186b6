import { nameOf } from '../name.ts';
import type { Person } from './graph.ts';

/** How many characters of a name the drawing shows, as readers count them. */
const LENGTH = 24;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A text of either direction, apart from what stands around it (Unicode, UAX #9: FSI and PDI). */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** Somebody's name, cut to what there is room for in a drawing. */
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
