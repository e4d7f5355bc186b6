import { expect, type Locator, type Page } from '@playwright/test';

import { test as base } from './fixture.ts';
import { PASSWORD } from './sample.ts';

/** The explorer, as users see it. */
export class Explorer {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the start page or a user's page, and waits for its content. */
  async open(username?: string, { origin = '', view = '', query = '' } = {}): Promise<void> {
    await this.page.goto(username ? `${origin}/users/${encodeURIComponent(username)}${view && `/${view}`}${query}` : `${origin}/`);
    if (username) await expect(this.profile).toContainText(`@${username}`);
    else await expect(this.people.first()).toBeVisible();
  }

  get search(): Locator {
    return this.page.getByRole('combobox', { name: 'Search people' });
  }

  get options(): Locator {
    return this.page.getByRole('option').filter({ has: this.page.locator('.person-username') });
  }

  /** The choice of all results. */
  get allResults(): Locator {
    return this.page.getByRole('option', { name: /^All/ });
  }

  /** The profile on a user's page. */
  get profile(): Locator {
    return this.page.locator('.profile');
  }

  get name(): Locator {
    return this.page.getByRole('heading', { level: 1 });
  }

  /** The people of the shown list, without placeholders. */
  get people(): Locator {
    return this.page.locator('ul.people > li.person');
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Opens one of a user's lists. */
  async choose(view: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Lists' }).getByRole('link', { name: view }).click();
  }

  /** The two counts, as numbers. */
  async counts(): Promise<[followers: number, following: number]> {
    const texts = await this.profile.locator('.counts strong').allInnerTexts();
    const [followers, following] = texts.map((text) => Number(text.replaceAll(',', '')));
    return [followers!, following!];
  }

  /** The usernames of the list, in order. */
  async usernames(): Promise<string[]> {
    const texts = await this.people.locator('.person-username').allTextContents();
    return texts.map((text) => text.replace(/^@/, ''));
  }

  /** Signs in with the button in the bar. Does not check the result. */
  async signIn(username: string, password = PASSWORD): Promise<void> {
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.fillIn(username, password);
  }

  /** Fills in and submits the sign-in dialog. */
  async fillIn(username: string, password = PASSWORD): Promise<void> {
    await this.dialog.getByLabel('Username').fill(username);
    await this.dialog.getByLabel('Password').fill(password);
    await this.page.keyboard.press('Enter');
  }

  async expectSignedIn(username: string): Promise<void> {
    await expect(this.dialog).toBeHidden();
    await expect(this.page.getByRole('banner').getByRole('link', { name: `@${username}` })).toBeVisible();
  }

  /** The button to follow or unfollow the user of the page. */
  get followButton(): Locator {
    return this.profile.getByRole('button', { name: /^Follow/ });
  }

  /** Scrolls to the end of the list until it has at least this number of people. */
  async readOn(people: number): Promise<void> {
    await expect(async () => {
      await this.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      expect(await this.people.count()).toBeGreaterThanOrEqual(people);
    }).toPass();
  }

  /** Scrolls to another position in pixels, and waits for the scroll event. */
  async scrollTo(y: number): Promise<void> {
    await this.page.evaluate(
      (y) =>
        new Promise((resolve) => {
          addEventListener('scroll', resolve, { once: true });
          scrollTo(0, y);
        }),
      y,
    );
  }

  /** Reports whether the window scrolls horizontally. */
  async overflows(): Promise<boolean> {
    return this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  }
}

/** The test function for the explorer. */
export const test = base.extend<{ explorer: Explorer }>({
  explorer: async ({ page }, use) => use(new Explorer(page)),
});
