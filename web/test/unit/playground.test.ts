import { execFileSync } from 'node:child_process';

import { expect, test } from '@playwright/test';

import { curl } from '../../playground/curl.ts';
import { requestsFor } from '../../playground/document-id.ts';
import { linked, withoutSecrets } from '../../playground/draft.ts';
import { inWords, reportOf } from '../../playground/report.ts';

const HASH = 'ab'.repeat(32);

/** Returns the status line of a response of 1,234 bytes. */
function line(status: number, headers: Record<string, string>): string {
  return inWords(reportOf(new Response('', { status, statusText: status === 200 ? 'OK' : '', headers }), 1234, 4.26)).join(
    ', ',
  );
}

test('the status line says what the server reported', () => {
  const memory = { 'Server-Timing': 'sql;desc="0 statements";dur=0.000', 'X-RateLimit-Cost': '1' };
  expect(line(200, memory)).toBe('200 OK, 4.3 ms, from memory, 1 point, 1.2 KB');
  expect(line(200, { 'Server-Timing': 'sql;desc="1 statements";dur=1.5', 'X-RateLimit-Cost': '1200' })).toBe(
    '200 OK, 4.3 ms, 1 SQL statement, 1,200 points, 1.2 KB',
  );
  expect(line(294, memory)).toBe('294 Partial Success, 4.3 ms, from memory, 1 point, 1.2 KB');
  expect(line(422, memory)).toBe('422, 4.3 ms, no SQL, 1 point, 1.2 KB');
  expect(line(200, { 'Content-Encoding': 'br', 'Content-Length': '310' })).toBe(
    '200 OK, 4.3 ms, SQL not measured, 1.2 KB (310 B compressed)',
  );
  expect(inWords({ milliseconds: 12_345 })).toEqual(['no response', '12.3 s']);
  expect(inWords({ events: 2, bytes: 99, milliseconds: 50 })).toEqual(['2 events', '50 ms', '99 B']);
});

test('a link has an operation, and indents its variables', () => {
  const parameters = new URLSearchParams({ query: '{ a }', variables: '{"b":"&=+ ü"}', operationName: 'C' });
  expect(linked(`?${parameters}`)).toEqual({ query: '{ a }', variables: '{\n  "b": "&=+ ü"\n}', operationName: 'C' });
  expect(linked('?query={a}&variables={broken')).toEqual({ query: '{a}', variables: '{broken' });
  expect(linked('')).toBeUndefined();
});

test('links and commands contain no passwords', () => {
  expect(
    withoutSecrets({
      query: 'mutation { login(input: {username: "ada", password : "a\\"b"}) { token } }',
      variables: '{"input": {"newPassword": "a\\"b", "username": "ada"}, "token":"c"}',
    }),
  ).toEqual({
    query: 'mutation { login(input: {username: "ada", password : "<password>"}) { token } }',
    variables: '{"input": {"newPassword": "<newPassword>", "username": "ada"}, "token":"<token>"}',
  });
});

test('a shell passes the operation to curl as it is', () => {
  const query = `# it's "quoted" $HOME \`id\` \\ !x\n{ a(b: "'; id; '") }`;
  const command = curl(
    'http://localhost/graphql',
    { query, variables: { name: "O'Brien \u2028 $(id)" } },
    { headers: { 'X-Trace': "it's", 'X-Api-Key': 'hidden', Authorization: 'Bearer hidden' }, signedIn: true, streams: false },
  );
  expect(command).not.toContain('hidden');
  const output = execFileSync('bash', ['-c', `curl() { printf '%s\\0' "$@"; }\n${command}`], {
    env: { ...process.env, TOKEN: 'the token', X_API_KEY: 'the key' },
    encoding: 'utf8',
  });
  const [url, ...words] = output.split('\0').slice(0, -1);
  expect(url).toBe('http://localhost/graphql');
  expect(words.slice(0, -1)).toEqual(
    ['Content-Type: application/json', "X-Trace: it's", 'X-Api-Key: the key', 'Authorization: Bearer the token']
      .flatMap((header) => ['-H', header])
      .concat('--data-raw'),
  );
  expect(JSON.parse(words.at(-1)!)).toEqual({ query, variables: { name: "O'Brien \u2028 $(id)" } });
});

test('an id is sent in each way in which the server can know it', () => {
  const byHash = { extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } };
  expect(requestsFor('feed')).toEqual([{ documentId: 'feed' }]);
  expect(requestsFor(`sha256:${HASH}`)).toEqual([{ documentId: `sha256:${HASH}` }, byHash]);
  expect(requestsFor(HASH.toUpperCase())).toEqual([byHash, { documentId: HASH.toUpperCase() }]);
});
