import { expect } from './fixture.ts';
import { test } from './playground.ts';

test('edits and runs before GraphiQL has loaded', async ({ playground, page, hold, expectAccessible, keepPicture }) => {
  const release = await hold(/application-.*\.js$/);
  await page.goto('/playground');
  const query = page.getByLabel('Operation');
  await expect(query).toHaveValue(/query NewestFollowers/);
  await page.getByLabel('Variables').fill('{ "username": "grace", "first": 1 }');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const result = page.getByRole('region', { name: 'Result' });
  await expect(result).toContainText('"username": "grace"');
  await expect(result).toContainText('200 OK');
  await expectAccessible();
  await keepPicture();

  // The text, the answer and the place of the cursor stay.
  await query.press('ControlOrMeta+End');
  await query.press('#');
  release();
  await playground.ready();
  await expect(playground.report).toContainText('200 OK');
  expect(JSON.parse(await playground.text('response.json')).data.user.username).toBe('grace');
  expect(await playground.text('variables.json')).toBe('{ "username": "grace", "first": 1 }');
  await page.keyboard.type(' typed');
  await expect.poll(() => playground.text('operation.graphql')).toMatch(/\}\n# typed$/);
  // What was typed before can be undone too.
  await expect(async () => {
    await page.keyboard.press('ControlOrMeta+z');
    expect(await playground.text('operation.graphql')).toMatch(/\}\n$/);
  }).toPass();
});

test('stays within its size limits', async ({ playground, page }) => {
  await playground.open();
  const entries = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => {
      const { name, encodedBodySize } = entry as PerformanceResourceTiming;
      return [new URL(name).pathname.replace('/playground/assets/', ''), encodedBodySize] as const;
    }),
  );
  // Count each file once: Monaco can restart a worker, whose script is then cached.
  const sizes = new Map(entries);
  const sum = (pattern: RegExp) =>
    [...sizes].filter(([name]) => pattern.test(name)).reduce((total, [, bytes]) => total + bytes, 0);
  // The files that the page links, with Brotli: the light editor.
  expect(sum(/^index-/)).toBeLessThan(8_000);
  // The frame of GraphiQL, without editors.
  expect(sum(/^(index|application|range|rolldown-runtime)-/)).toBeLessThan(340_000);
  // Everything that loads without a click, including workers.
  expect(sum(/./)).toBeLessThan(1_250_000);
  // Only its button loads the code for formatting.
  expect([...sizes.keys()].filter((name) => /^(format|standalone)-/.test(name))).toEqual([]);
});

test('runs its workers from its own host', async ({ playground, page, server }) => {
  await playground.open();
  // The GraphQL worker finds the mistake, so it is running.
  await playground.write('operation.graphql', '{ user(username: "ada") { usrname } }');
  await expect(page.locator('.graphiql-query-editor .squiggly-error')).toBeVisible();
  await playground.write('variables.json', '{ "username" "ada" }');
  await expect(page.locator('.graphiql-editor-tool .squiggly-error').first()).toBeVisible();
  const workers = page.workers().map((worker) => worker.url());
  for (const kind of ['editor', 'graphql', 'json']) {
    expect(workers).toContainEqual(expect.stringMatching(`^${server.origin}/playground/assets/${kind}\\.worker-`));
  }
});

test('completes what is typed', async ({ playground, page, keepPicture }) => {
  await playground.open();
  // A mistake that needs the schema: the worker for suggestions has loaded it then.
  await playground.write('operation.graphql', '{ vewer { username } }');
  await expect(page.locator('.graphiql-query-editor .squiggly-error')).toBeVisible();
  await playground.write('operation.graphql', '');
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.type('{ view');
  await expect(page.locator('.suggest-widget')).toContainText('viewer');
  await keepPicture();
});

test('formats queries and variables', async ({ playground, page }) => {
  await playground.open();
  await playground.write('operation.graphql', '# why\nquery A($username:String!){user(username:$username){username}}');
  await playground.write('variables.json', '{"username":"ada"}');
  await page.getByRole('button', { name: /Prettify query/ }).click();
  await expect
    .poll(() => playground.text('operation.graphql'))
    .toBe('# why\nquery A($username: String!) {\n  user(username: $username) {\n    username\n  }\n}\n');
  await expect.poll(() => playground.text('variables.json')).toContain('"username": "ada"');
});

test('enforces its Content-Security-Policy', async ({ playground, page, server, watch }) => {
  const response = await page.goto('/playground');
  expect(response!.headers()).toMatchObject({
    'cache-control': 'no-cache',
    'content-encoding': 'br',
    'content-security-policy': expect.stringContaining("script-src 'self'; worker-src 'self'; connect-src 'self';"),
  });
  const script = await page.request.get(`${server.origin}${await page.locator('script').getAttribute('src')}`);
  expect(script.headers()).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'br',
  });
  await playground.ready();

  // The browser enforces it, and all tests check for violations.
  watch.allowConsole(/Content.Security.Policy/);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'document.title = "an inline script ran"';
    document.body.append(script);
  });
  expect(await page.title()).toBe('Followgraph playground');
  await expect.poll(() => watch.faults).toContainEqual(expect.stringContaining('script-src-elem forbids inline'));
});

test('can be disabled', async ({ page, startServer, watch }) => {
  watch.allowConsole(/status of 404/);
  const own = await startServer(['--playground=false']);
  expect((await page.goto(`${own.origin}/playground`))!.status()).toBe(404);
});
