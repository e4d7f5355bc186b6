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

/** The longest name in a sentence, in letters as people see them. */
const LONGEST = 60;

/** Returns the name of a person, cut if it is very long. */
export function shortNameOf(person: Named): string {
  const name = nameOf(person);
  if (name.length <= LONGEST) return name;
  const letters = Array.from(graphemes.segment(name), ({ segment }) => segment);
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join('').trimEnd()}…` : name;
}

/** Returns the name of a person for a sentence: isolated, and cut if it is very long. */
export function inSentence(person: Named): string {
  return isolated(shortNameOf(person));
}
