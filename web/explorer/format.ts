// The page is in English, but numbers and dates have the format that the browser's user is used to.
const numbers = new Intl.NumberFormat();
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** Formats a count: "1 follower", "2,002 followers", "3 people". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${numbers.format(number)} ${number === 1 ? noun : plural}`;
}

/** Formats a number: "2,002". */
export function digits(number: number): string {
  return numbers.format(number);
}

/** Returns the date of a time in the user's time zone. */
export function since(moment: string): string {
  return dates.format(new Date(moment));
}
