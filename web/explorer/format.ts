const numbers = new Intl.NumberFormat('en');
const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

/** Formats a count: "1 follower", "2,002 followers". */
export function count(number: number, noun: string): string {
  return `${numbers.format(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Formats a number: "2,002". */
export function digits(number: number): string {
  return numbers.format(number);
}

/** Returns the date of a time in the user's time zone. */
export function since(moment: string): string {
  return dates.format(new Date(moment));
}
