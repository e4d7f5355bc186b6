import { readFile } from 'node:fs/promises';

import { expect } from './fixture.ts';
import { EXCEPTIONS, test } from './playground.ts';
import { PASSWORD } from './sample.ts';
import { phone } from './window.ts';

test('the first query returns the result of the README', async ({ playground, keepPicture }) => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const shown = JSON.parse(/```json\n(.*?)```/s.exec(readme)![1]!);

  await playground.open();
  expect(await playground.run()).toMatchObject(shown);
  await keepPicture();
});

test('pages through a connection', async ({ playground, server }) => {
  const { user } = await server.ask<{ user: { followers: { nodes: unknown[] } } }>(
    '{ user(username: "ada") { followers(first: 6) { nodes { username } } } }',
  );
  await playground.open();
  const next = playground.page.getByRole('button', { name: 'Next page' });
  const first = playground.page.getByRole('button', { name: 'First page' });

  const pages = [await playground.run(), await playground.run(next), await playground.run(next)];
  const followers = pages.flatMap(({ data }) => data.user.followers.nodes);
  expect(followers).toMatchObject(user.followers.nodes);
  expect(await playground.run(first)).toEqual(pages[0]);
  expect(JSON.parse(await playground.text('variables.json'))).toEqual({ username: 'ada', first: 2 });
});

test('has documentation for every field', async ({ playground, server, keepPicture }) => {
  const { page } = playground;
  const { __schema } = await server.ask<{ __schema: { types: Described[] } }>(
    `{ __schema { types { name description enumValues { name description } inputFields { name description }
      fields { name description args { name description } } } } }`,
  );
  expect(undescribed(__schema.types.filter(({ name }) => !name.startsWith('__')))).toEqual([]);

  await playground.open();
  const docs = page.locator('.graphiql-doc-explorer');
  await docs.getByRole('link', { name: 'Query', exact: true }).click();
  await docs.getByRole('link', { name: 'searchUsers' }).click();
  await expect(docs).toContainText('Searches for users by the words of their names');
  await expect(docs).toContainText('The words to find, the last one possibly incomplete: 1 to 100 characters');
  await docs.getByRole('link', { name: 'UserConnection' }).click();
  await expect(docs).toContainText('A page of users.');
  await keepPicture();

  await page.keyboard.press('ControlOrMeta+Alt+K');
  const search = docs.getByRole('combobox');
  await expect(search).toBeFocused(); // before that, what is typed is lost
  await search.fill('followersYou');
  await page.getByRole('option', { name: /followersYouKnow/ }).first().click();
  await expect(docs).toContainText('The followers of the user that the caller also follows');
});

test('builds a query with clicks', async ({ playground, keepPicture }) => {
  const { page } = playground;
  await playground.open();
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  await page.locator('.graphiql-explorer-root').getByText('updatedAt').first().click();
  await expect.poll(() => playground.text('operation.graphql')).toContain('updatedAt');
  expect((await playground.run()).data.user).toHaveProperty('followers.nodes.0.followers.nodes.0.updatedAt');
  await keepPicture();
});

test('runs every tab', async ({ playground, startServer }) => {
  const own = await startServer();
  await playground.open(own.origin);
  await playground.signIn('ada', PASSWORD);
  await playground.expectSignedIn('ada');
  const tabs = await playground.page.getByRole('tab').allInnerTexts();
  expect(tabs).toEqual([
    'NewestFollowers',
    'MostFollowed',
    'SearchUsers',
    'FriendsAndInCommon',
    'HowConnected',
    'Suggestions',
    'Follow',
    'FollowersLive',
  ]);

  const answers: Record<string, any> = {};
  for (const tab of tabs) {
    if (tab === 'FollowersLive') continue; // see playground-subscription.test.ts
    await playground.choose(tab);
    const answer = await playground.run();
    expect(answer.errors, tab).toBeUndefined();
    answers[tab] = answer.data;
  }
  expect(answers['SearchUsers'].searchUsers.nodes).toHaveLength(10);
  expect(answers['FriendsAndInCommon'].user.friends.nodes).toHaveLength(5);
  expect(answers['FriendsAndInCommon'].user.followersInCommon.nodes).toHaveLength(5);
  expect(answers['FriendsAndInCommon'].user.followingInCommon.nodes).toHaveLength(3);
  expect(answers['HowConnected'].shortestPath).toMatchObject({ status: 'FOUND', length: 1 });
  expect(answers['Suggestions'].viewer.suggestions).toHaveLength(10);
  const [suggested] = answers['Suggestions'].viewer.suggestions;
  expect(answers['Follow'].followUser).toMatchObject({ changed: true, user: { username: suggested.user.username } });
});

test('keeps edited queries after a reload', async ({ playground }) => {
  await playground.open();
  await playground.choose('SearchUsers');
  await playground.write('variables.json', '{ "query": "grace" }');
  await expect
    .poll(() => playground.page.evaluate(() => localStorage.getItem('graphiql:tabState')))
    .toContain('grace');
  await playground.page.reload();
  await playground.ready();
  await expect.poll(() => playground.text('variables.json')).toBe('{ "query": "grace" }');
  expect((await playground.run()).data.searchUsers.nodes[0].username).toBe('grace');
});

test('shows the errors of a query', async ({ playground, watch, keepPicture }) => {
  watch.allowConsole(/status of 422/);
  await playground.open();
  await playground.write('operation.graphql', '{ user(username: "ada") { usrname } }');
  await expect(playground.page.locator('.graphiql-query-editor .squiggly-error')).toBeVisible();
  expect((await playground.run()).errors?.[0]?.message).toContain('usrname');
  await keepPicture();
});

/** An element of the schema, with its children. */
interface Described {
  name: string;
  description: string | null;
  fields?: Described[] | null;
  args?: Described[];
  inputFields?: Described[] | null;
  enumValues?: Described[] | null;
}

/** Returns the names of elements without a description. */
function undescribed(parts: Described[]): string[] {
  return parts.flatMap(({ name, description, fields, args, inputFields, enumValues }) => {
    const own = [fields, args, inputFields, enumValues].flatMap((list) => undescribed(list ?? []));
    return [...(description ? [] : [name]), ...own.map((part) => `${name}.${part}`)];
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [name, window] of Object.entries({ desktop: {}, phone })) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ ...window, colorScheme });

      test('is accessible', async ({ playground, expectAccessible, keepPicture }) => {
        const { page } = playground;
        await playground.open();
        await playground.run();
        await keepPicture('result');
        await expectAccessible(EXCEPTIONS);

        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await expect(playground.dialog).toBeVisible();
        await keepPicture('sign in');
        await expectAccessible(EXCEPTIONS);
        await page.keyboard.press('Escape');

        const docs = page.locator('.graphiql-doc-explorer');
        if (!(await docs.isVisible())) await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
        await docs.getByRole('link', { name: 'Query', exact: true }).click();
        await docs.getByRole('link', { name: 'user', exact: true }).click();
        await keepPicture('documentation');
        await expectAccessible(EXCEPTIONS);
      });
    });
  }

  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('has accessible panels and dialogs', async ({ playground, expectAccessible, keepPicture }) => {
      const { page } = playground;
      await playground.open();
      await playground.run();
      for (const panel of ['History', 'GraphiQL Explorer']) {
        await page.getByRole('button', { name: `Show ${panel}` }).click();
        await keepPicture(panel);
        await expectAccessible(EXCEPTIONS);
      }
      for (const dialog of ['Open short keys dialog', 'Open settings dialog']) {
        await page.getByRole('button', { name: dialog }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await expectAccessible(EXCEPTIONS);
        await page.keyboard.press('Escape');
      }
    });
  });
}
