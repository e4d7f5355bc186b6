import { expect, type Locator, type Page } from '@playwright/test';

import type { Exception } from './accessibility.ts';
import { test as base } from './fixture.ts';

declare global {
  /** Monaco, as GraphiQL exposes it. */
  var __MONACO: {
    editor: { getModels(): { uri: { path: string }; getValue(): string; setValue(text: string): void }[] };
  };
}

/** Findings in GraphiQL and its plugins that cannot be fixed here. */
export const EXCEPTIONS: Exception[] = [
  // A tab contains the buttons that select and close it.
  { rule: 'nested-interactive', within: '.graphiql-tab' },
  // The explorer plugin has text beside its inputs instead of labels.
  { rule: 'label', within: '.graphiql-explorer-root' },
  { rule: 'select-name', within: '.graphiql-explorer-root' },
  // The name of an entry describes its action instead of its text.
  { rule: 'label-content-name-mismatch', within: '.graphiql-history-item-label' },
];

/** The names of GraphiQL for the texts of editors. */
type Editor = 'operation.graphql' | 'variables.json' | 'request-headers.json' | 'response.json';

/** A response in the result editor. */
interface Answer {
  data?: any;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The playground, as users see it. */
export class Playground {
  readonly page: Page;
  readonly #loaded: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('requestfinished', (request) => this.#loaded.push(request.url()));
  }

  /** Opens the page, and waits until everything and the schema have loaded. */
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
    await expect(this.page.locator('#light')).toHaveCount(0); // its text is in the editors
  }

  /** Waits for the workers. Monaco starts them last, and cannot start them without the server. */
  async workersLoaded(): Promise<void> {
    for (const worker of ['editor.worker', 'graphql.worker', 'json.worker']) {
      await expect.poll(() => this.#loaded).toContainEqual(expect.stringContaining(worker));
    }
  }

  get executeButton(): Locator {
    return this.page.getByRole('button', { name: /Execute query/ });
  }

  /** The status line of the answer. */
  get report(): Locator {
    return this.page.locator('.answer-report');
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: 'Sign in' });
  }

  /** Selects a tab. */
  async choose(tab: string): Promise<void> {
    await this.page.getByRole('button', { name: tab, exact: true }).click();
    await expect(this.page.locator('.graphiql-tab-active .graphiql-tab-button')).toHaveText(tab);
  }

  /** Runs the current query with a button and returns the result. */
  async run(button = this.executeButton): Promise<Answer> {
    await button.click();
    // The click cleared the previous result.
    await expect.poll(() => this.text('response.json')).not.toBe('');
    return JSON.parse(await this.text('response.json')) as Answer;
  }

  /** Returns the whole text of an editor. The page only contains its visible lines. */
  text(editor: Editor): Promise<string> {
    return this.page.evaluate(
      (name) => __MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(name))!.getValue(),
      editor,
    );
  }

  /** Replaces the text of an editor. Not with the keyboard, because Monaco closes brackets automatically. */
  async write(editor: Editor, text: string): Promise<void> {
    await this.page.evaluate(
      ([name, value]) => __MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(name))!.setValue(value),
      [editor, text] as const,
    );
  }

  /** Signs in with the dialog. Does not check the result. */
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

/** The test function for the playground. The test must open it. */
export const test = base.extend<{ playground: Playground }>({
  playground: async ({ page }, use) => use(new Playground(page)),
});
