import { expect } from './fixture.ts';
import { test } from './playground.ts';

test('paints before its editor has loaded', async ({ playground, page, keepPicture }) => {
  let application = false;
  await page.route(/application-.*\.js$/, async (route) => {
    application = true;
    await expect(page.getByText('Loading the editor…')).toBeVisible();
    await expect
      .poll(() => page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length))
      .toBe(1);
    await keepPicture();
    await route.continue();
  });
  await page.goto('/playground');
  await playground.ready();
  expect(application).toBe(true);
});

test('shows its frame while Monaco loads', async ({ playground, page, keepPicture }) => {
  await page.route(/monaco-editor-.*\.js$/, async (route) => {
    await expect(playground.executeButton).toBeVisible();
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: 'NewestFollowers', exact: true })).toBeVisible();
    await keepPicture();
    await route.continue();
  });
  await playground.open();
  await playground.run();
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
  // The files that the page links, as gzip.
  expect(sum(/^index-/)).toBeLessThan(4_000);
  // The frame of GraphiQL, without editors.
  expect(sum(/^(index|application|range|rolldown-runtime)-/)).toBeLessThan(420_000);
  // Everything that loads without a click, including workers.
  expect(sum(/./)).toBeLessThan(1_700_000);
  // Only its button loads the code for formatting.
  expect([...sizes.keys()].filter((name) => /^(babel|estree|standalone)-/.test(name))).toEqual([]);
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
  await playground.write('operation.graphql', 'query A($username:String!){user(username:$username){username}}');
  await playground.write('variables.json', '{"username":"ada"}');
  await page.getByRole('button', { name: /Prettify query/ }).click();
  await expect
    .poll(() => playground.text('operation.graphql'))
    .toBe('query A($username: String!) {\n  user(username: $username) {\n    username\n  }\n}\n');
  await expect.poll(() => playground.text('variables.json')).toContain('"username": "ada"');
});

test('enforces its Content-Security-Policy', async ({ playground, page, server, watch }) => {
  const response = await page.goto('/playground');
  expect(response!.headers()).toMatchObject({
    'cache-control': 'no-cache',
    'content-encoding': 'gzip',
    'content-security-policy': expect.stringContaining("script-src 'self'; worker-src 'self'; connect-src 'self';"),
  });
  const script = await page.request.get(`${server.origin}${await page.locator('script').getAttribute('src')}`);
  expect(script.headers()).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'gzip',
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
