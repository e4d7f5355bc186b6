import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const read = (relative: string) => readFile(new URL(relative, import.meta.url), 'utf8');

test('the ids in the READMEs are ids of the manifest', async () => {
  const known = Object.keys(JSON.parse(await read('../__generated__/persisted-documents.json')) as object);
  for (const readme of ['../README.md', '../../README.md']) {
    const named = (await read(readme)).replaceAll('%3A', ':').match(/sha256:[0-9a-f]{64}/g);
    assert(named, readme);
    assert.deepEqual(named.filter((id) => !known.includes(id)), [], readme);
  }
});
