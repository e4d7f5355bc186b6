// Runs each audit of graphql-http as a test. docs/protocol.md explains the audits that contradict a newer draft of the
// specification, with the text of the draft. Any other failed audit fails the test, and so does an explanation that no
// audit needs.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { serverAudits } from 'graphql-http';

import { start } from './server.mjs';

const protocol = await readFile(new URL('../docs/protocol.md', import.meta.url), 'utf8');
const section = protocol.split(/^### /m).find((text) => text.startsWith('Audits\n'));
assert.ok(section, 'docs/protocol.md has a section "Audits"');
const explained = new Set([...section.matchAll(/`([0-9A-Z]{4})`/g)].map(([, id]) => id));

let server;
before(async () => {
  server = await start();
});
after(() => server?.stop());

const audits = serverAudits({ url: () => server.url });

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async (context) => {
    const result = await audit.fn();
    if (result.status === 'ok') {
      assert.ok(!explained.has(audit.id), `docs/protocol.md explains ${audit.id}, which has no objection`);
      return;
    }
    assert.notEqual(result.status, 'error', result.reason);
    assert.ok(explained.has(audit.id), `${result.status}: ${result.reason}; docs/protocol.md does not explain it`);
    context.diagnostic(`${result.status}, explained in docs/protocol.md: ${result.reason}`);
  });
}

test('every explanation is about an audit', () => {
  const known = new Set(audits.map(({ id }) => id));
  assert.deepEqual([...explained].filter((id) => !known.has(id)), []);
});
