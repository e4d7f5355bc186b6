import { expect, type Locator, type Page } from '@playwright/test';

import { test as base } from './fixture.ts';
import { PASSWORD } from './sample.ts';

/** The explorer as its users see it. */
export class Explorer {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the first page, or somebody's, and waits for what it shows. */
  async open(username?: string, { origin = '', view = '' } = {}): Promise<void> {
    await this.page.goto(username ? `${origin}/users/${encodeURIComponent(username)}${view && `/${view}`}` : `${origin}/`);
    if (username) await expect(this.profile).toContainText(`@${username}`);
    else await expect(this.people.first()).toBeVisible();
  }

  get search(): Locator {
    return this.page.getByRole('combobox', { name: 'Search people' });
  }

  get options(): Locator {
    return this.page.getByRole('option');
  }

  /** Who somebody is, on their page. */
  get profile(): Locator {
    return this.page.locator('.profile');
  }

  get name(): Locator {
    return this.page.getByRole('heading', { level: 1 });
  }

  /** The people of the list that is shown, without places that are held for others. */
  get people(): Locator {
    return this.page.locator('ul.people > li.person');
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Brings one of somebody's lists to the front. */
  async choose(view: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Lists' }).getByRole('link', { name: view }).click();
  }

  /** The two counts, as numbers. */
  async counts(): Promise<[followers: number, following: number]> {
    const texts = await this.profile.locator('.counts strong').allInnerTexts();
    const [followers, following] = texts.map((text) => Number(text.replaceAll(',', '')));
    return [followers!, following!];
  }

  /** The usernames in the list, in its order. */
  async usernames(): Promise<string[]> {
    const texts = await this.people.locator('.person-username').allTextContents();
    return texts.map((text) => text.replace(/^@/, ''));
  }

  /** Signs in by the bar's button. Whether it works shows afterwards. */
  async signIn(username: string, password = PASSWORD): Promise<void> {
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.fillIn(username, password);
  }

  /** Fills in the dialog that asks to sign in, and sends it. */
  async fillIn(username: string, password = PASSWORD): Promise<void> {
    await this.dialog.getByLabel('Username').fill(username);
    await this.dialog.getByLabel('Password').fill(password);
    await this.page.keyboard.press('Enter');
  }

  async expectSignedIn(username: string): Promise<void> {
    await expect(this.dialog).toBeHidden();
    await expect(this.page.getByRole('banner').getByRole('link', { name: `@${username}` })).toBeVisible();
  }

  /** The button by which the one whose page it is is followed, or no longer. */
  get followButton(): Locator {
    return this.profile.getByRole('button', { name: /^Follow/ });
  }

  /** Reads the list on, as its end comes into the window, until so many people stand in it at least. */
  async readOn(people: number): Promise<void> {
    await expect(async () => {
      await this.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      expect(await this.people.count()).toBeGreaterThanOrEqual(people);
    }).toPass();
  }

  /** Scrolls the window to a place where it is not, in pixels, and waits until the page has noticed. */
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

  /** Whether the window has to be scrolled sideways. */
  async overflows(): Promise<boolean> {
    return this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  }
}

/** Tests of the explorer. */
export const test = base.extend<{ explorer: Explorer }>({
  explorer: async ({ page }, use) => use(new Explorer(page)),
});
