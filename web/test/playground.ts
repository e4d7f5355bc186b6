import { expect, type Locator, type Page } from '@playwright/test';

import type { Exception } from './accessibility.ts';
import { test as base } from './fixture.ts';

declare global {
  /** Monaco, where GraphiQL puts it. */
  var __MONACO: {
    editor: { getModels(): { uri: { path: string }; getValue(): string; setValue(text: string): void }[] };
  };
}

/** What of GraphiQL and its plugins cannot be mended from outside. */
export const EXCEPTIONS: Exception[] = [
  // A tab holds the buttons that choose and close it.
  { rule: 'nested-interactive', within: '.graphiql-tab' },
  // The explorer says beside its inputs what they are for, in text that is no label.
  { rule: 'label', within: '.graphiql-explorer-root' },
  { rule: 'select-name', within: '.graphiql-explorer-root' },
  // An entry's name says what its button does, and not what it reads.
  { rule: 'label-content-name-mismatch', within: '.graphiql-history-item-label' },
];

/** What GraphiQL calls the text of an editor. */
type Editor = 'operation.graphql' | 'variables.json' | 'request-headers.json' | 'response.json';

/** An answer as the editor of results shows it. */
interface Answer {
  data?: any;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The playground as its users see it. */
export class Playground {
  readonly page: Page;
  readonly #loaded: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('requestfinished', (request) => this.#loaded.push(request.url()));
  }

  /** Opens it, and waits for all that it loads and for the schema. */
  async open(origin = ''): Promise<void> {
    await this.page.goto(`${origin}/playground`);
    await this.ready();
    await this.workersLoaded();
    await expect(this.page.getByRole('button', { name: /Re-fetch GraphQL schema/ })).toBeEnabled();
  }

  /** Waits for the editors. */
  async ready(): Promise<void> {
    await expect(this.page.locator('.graphiql-editors .view-lines').first()).toBeVisible();
    await expect(this.page.locator('.graphiql-response .monaco-editor')).toBeAttached();
  }

  /** Waits for the workers, which Monaco starts when all else is there and cannot start without the server. */
  async workersLoaded(): Promise<void> {
    for (const worker of ['editor.worker', 'graphql.worker', 'json.worker']) {
      await expect.poll(() => this.#loaded).toContainEqual(expect.stringContaining(worker));
    }
  }

  get executeButton(): Locator {
    return this.page.getByRole('button', { name: /Execute query/ });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: 'Sign in' });
  }

  /** Brings a tab to the front. */
  async choose(tab: string): Promise<void> {
    await this.page.getByRole('button', { name: tab, exact: true }).click();
    await expect(this.page.locator('.graphiql-tab-active .graphiql-tab-button')).toHaveText(tab);
  }

  /** Runs the query in front, by the button that is given, and tells what the result shows. */
  async run(button = this.executeButton): Promise<Answer> {
    await button.click();
    // The click emptied it.
    await expect.poll(() => this.text('response.json')).not.toBe('');
    return JSON.parse(await this.text('response.json')) as Answer;
  }

  /** The whole text of an editor, of which the page holds the visible lines alone. */
  text(editor: Editor): Promise<string> {
    return this.page.evaluate(
      (name) => __MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(name))!.getValue(),
      editor,
    );
  }

  /** Writes over what an editor holds. Not by keys, which Monaco takes for more than they are: it closes brackets. */
  async write(editor: Editor, text: string): Promise<void> {
    await this.page.evaluate(
      ([name, value]) => __MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(name))!.setValue(value),
      [editor, text] as const,
    );
  }

  /** Signs in by the dialog. Whether it works shows afterwards. */
  async signIn(username: string, password: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(this.dialog.getByLabel('Username')).toBeFocused();
    await this.dialog.getByLabel('Username').fill(username);
    await this.dialog.getByLabel('Password').fill(password);
    await this.page.keyboard.press('Enter');
  }

  async expectSignedIn(username: string): Promise<void> {
    await expect(this.dialog).toBeHidden();
    await expect(this.page.getByRole('status').filter({ hasText: username })).toHaveText(username);
    await expect(this.page.getByRole('button', { name: 'Sign out' })).toBeFocused();
  }
}

/** A test of the playground, which it has to open. */
export const test = base.extend<{ playground: Playground }>({
  playground: async ({ page }, use) => use(new Playground(page)),
});
