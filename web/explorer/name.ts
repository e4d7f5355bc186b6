import type { PersonFragment } from './__generated__/graphql.ts';

type Named = Pick<PersonFragment, 'username' | 'firstname' | 'lastname'>;

/** Returns the first and last name of a person, or the username if both are missing. */
export function nameOf({ username, firstname, lastname }: Named): string {
  return [firstname, lastname].filter(Boolean).join(' ') || username;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns one or two initials. */
export function initialsOf({ username, firstname, lastname }: Named): string {
  const words = firstname || lastname ? [firstname, lastname] : [username];
  return words.map((word) => (word ? first(word) : '')).join('');
}

function first(word: string): string {
  for (const { segment } of graphemes.segment(word)) return segment.toLocaleUpperCase();
  return '';
}

/** Returns a hue in degrees. A username always gets the same hue. */
export function hueOf(username: string): number {
  let hash = 0;
  for (const letter of username) hash = (hash * 31 + letter.codePointAt(0)!) % 360;
  return hash;
}

/** Returns a text whose direction does not affect the text around it (Unicode, UAX #9: FSI and PDI). */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}
