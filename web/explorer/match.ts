import type { PersonFragment } from './__generated__/graphql.ts';

/**
 * Returns a text without characters that are often copied with a name: direction marks, and the @ before a username.
 */
export function bare(text: string): string {
  return text.replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim().replace(/^@/, '');
}

/** Letters that are typed as other letters, as the search of the server takes them. */
const TYPED = new Map(Object.entries({ ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ı: 'i', ð: 'd', ŧ: 't', ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ς: 'σ' }));

/** Returns a text in a form that ignores case and accents. */
export function baseLetters(text: string): string {
  const letters = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return letters.replaceAll(/[øłđħıðŧßæœþς]/g, (letter) => TYPED.get(letter)!);
}

/** Returns a text in a form that ignores case, accents, and the number of spaces. */
function folded(text: string): string {
  return baseLetters(text).replaceAll(/\s+/g, ' ').trim();
}

/** Reports whether a text is the whole username or the whole name of a person, in either order. */
export function isExactly(person: Pick<PersonFragment, 'username' | 'firstname' | 'lastname'>, text: string): boolean {
  const { username, firstname, lastname } = person;
  const wanted = folded(text);
  const names = [username, `${firstname ?? ''} ${lastname ?? ''}`, `${lastname ?? ''} ${firstname ?? ''}`];
  return wanted !== '' && names.some((name) => folded(name) === wanted);
}
