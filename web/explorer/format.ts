const numbers = new Intl.NumberFormat('en');
const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

/** "1 follower", "2,002 followers". */
export function count(number: number, noun: string): string {
  return `${numbers.format(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** "2,002". */
export function digits(number: number): string {
  return numbers.format(number);
}

/** The day of a moment, where the reader is. */
export function since(moment: string): string {
  return dates.format(new Date(moment));
}
