import type { PersonFragment } from './__generated__/graphql.ts';

type Named = Pick<PersonFragment, 'username' | 'firstname' | 'lastname'>;

/** What somebody is called: first and last name, or the username where there is neither. */
export function nameOf({ username, firstname, lastname }: Named): string {
  return [firstname, lastname].filter(Boolean).join(' ') || username;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** One or two letters that stand for a picture. */
export function initialsOf({ username, firstname, lastname }: Named): string {
  const words = firstname || lastname ? [firstname, lastname] : [username];
  return words.map((word) => (word ? first(word) : '')).join('');
}

function first(word: string): string {
  for (const { segment } of graphemes.segment(word)) return segment.toLocaleUpperCase();
  return '';
}

/** A hue that stays somebody's own, in degrees. */
export function hueOf(username: string): number {
  let hash = 0;
  for (const letter of username) hash = (hash * 31 + letter.codePointAt(0)!) % 360;
  return hash;
}
