import type { PersonFragment } from './__generated__/graphql.ts';

type Named = Pick<PersonFragment, 'username' | 'firstname' | 'lastname'>;

/** Controls that turn the direction of text, of a name that another program stored. Names need none. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** A character that is seen. */
const SEEN = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/u;

/** Returns the first and the last name as they are shown, without names of invisible characters. */
function namesOf({ firstname, lastname }: Named): string[] {
  return [firstname, lastname].flatMap((name) => {
    const shown = name?.replaceAll(TURNS, '').trim() ?? '';
    return SEEN.test(shown) ? [shown] : [];
  });
}

/** Returns the first and last name of a person, or the username if both are missing. */
export function nameOf(person: Named): string {
  return namesOf(person).join(' ') || person.username;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns one or two initials. */
export function initialsOf(person: Named): string {
  const names = namesOf(person);
  return (names.length > 0 ? names : [person.username]).map(first).join('');
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
