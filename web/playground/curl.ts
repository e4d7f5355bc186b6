import type { Operation } from './endpoint.ts';

/** The headers whose values are secrets. Others can be written too: these are the usual names. */
const SECRET = /authorization|cookie|token|secret|key|password/i;

/**
 * Returns a command for a POSIX shell that sends an operation with curl. Secrets are variables of the shell instead of
 * their values.
 *
 * @param url the endpoint
 * @param headers the headers of the tab
 * @param signedIn whether requests have the token of a session
 */
export function curl(
  url: string,
  operation: Operation,
  { headers, signedIn, streams }: { headers: Record<string, unknown>; signedIn: boolean; streams: boolean },
): string {
  const names = Object.keys(headers);
  const lines = [`curl ${quoted(url)}`, `-H ${quoted('Content-Type: application/json')}`];
  if (streams) lines[0] += ' -N';
  if (streams) lines.push(`-H ${quoted('Accept: text/event-stream')}`);
  if (signedIn && !names.some((name) => name.toLowerCase() === 'authorization')) lines.push(TOKEN);
  for (const name of names) {
    if (name.toLowerCase() === 'content-type') continue;
    if (name.toLowerCase() === 'authorization') lines.push(TOKEN);
    else if (SECRET.test(name)) lines.push(`-H ${quoted(`${name}: `)}"$${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}"`);
    else lines.push(`-H ${quoted(`${name}: ${String(headers[name])}`)}`);
  }
  lines.push(`--data-raw ${quoted(JSON.stringify(operation))}`);
  return lines.join(' \\\n  ');
}

/** The header with the token, which the user sets as a variable of the shell. */
const TOKEN = '-H "Authorization: Bearer $TOKEN"';

/** Quotes a text for a POSIX shell: nothing is special between single quotes, except the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
