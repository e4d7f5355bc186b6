import { expect, type Locator, type Page, type Request } from '@playwright/test';

import type { Drawn, Inspectable } from '../explorer/drawing/inspection.ts';

export type { Drawn };

/**
 * After this number of frames without a change, the drawing is at rest. A selection and its names take a few frames.
 */
const STILL = 20;

function statusOf(page: Page): Locator {
  return page.getByRole('region', { name: 'Graph' }).locator('[role="status"]').last();
}

/** Waits until the drawing has loaded and shows all requested people. */
export async function expectDrawn(page: Page): Promise<void> {
  await expect(statusOf(page)).toContainText('Shown for');
}

/** The drawing, as users see and hear it. */
export class Drawing {
  readonly page: Page;
  readonly place: Locator;
  /** The API requests of the page without a response. */
  readonly #open = new Set<Request>();
  #asked = 0;

  /** Observes the requests of a page. Create it before the page is opened. */
  constructor(page: Page) {
    this.page = page;
    this.place = page.getByRole('region', { name: 'Graph' });
    page.on('request', (request) => {
      if (new URL(request.url()).pathname !== '/graphql') return;
      this.#open.add(request);
      this.#asked++;
    });
    page.on('requestfinished', (request) => this.#open.delete(request));
    page.on('requestfailed', (request) => this.#open.delete(request));
  }

  get stage(): Locator {
    return this.place.getByRole('application');
  }

  /** The note with the drawn and total numbers. */
  get note(): Locator {
    return this.place.locator('.drawing-note').first();
  }

  get people(): Locator {
    return this.place.getByRole('list', { name: 'People shown' }).getByRole('listitem');
  }

  /** The number of people shown, which opens their list. */
  get summary(): Locator {
    return this.place.locator('.drawing-people > summary');
  }

  get panel(): Locator {
    return this.place.locator('.drawing-panel');
  }

  get status(): Locator {
    return statusOf(this.page);
  }

  /** Waits until all requested people are drawn, and opens their list. */
  async openList(): Promise<void> {
    await expectDrawn(this.page);
    await this.summary.click();
    await expect(this.people.first()).toBeVisible();
  }

  /** The people of the path. */
  get path(): Locator {
    return this.place.locator('.drawing-route ol');
  }

  /** Selects a person in the list. */
  async choose(name: string): Promise<void> {
    await this.people.getByRole('button', { name, exact: true }).first().click();
  }

  row(name: string): Locator {
    return this.people.filter({ hasText: name });
  }

  /** Moves the pointer over the drawing until a person is under it. Returns the name. */
  async findPerson(): Promise<string> {
    const box = (await this.stage.boundingBox())!;
    const tip = this.place.locator('.drawing-tip bdi');
    for (let y = box.y + 120; y < box.y + box.height - 40; y += 12) {
      for (let x = box.x + 60; x < box.x + box.width - 60; x += 12) {
        await this.page.mouse.move(x, y);
        if ((await tip.count()) > 0) return tip.innerText();
      }
    }
    throw new Error('no person is drawn');
  }

  /** Waits until no request is running and the drawing is at rest. Returns the drawn elements. */
  async atRest(): Promise<Drawn> {
    for (;;) {
      await expect.poll(() => this.#open.size).toBe(0);
      const asked = this.#asked;
      const drawn = await this.#whenStill();
      if (this.#asked === asked) return drawn;
    }
  }

  async #whenStill(): Promise<Drawn> {
    return this.#surface.evaluate(async (surface, frames) => {
      const read = () => (surface as Inspectable).drawn();
      let before = '';
      for (let still = 0; still < frames; still++) {
        await new Promise(requestAnimationFrame);
        const drawn = read();
        const now = JSON.stringify(drawn);
        if (drawn.isBusy || now !== before) still = 0;
        before = now;
      }
      return read();
    }, STILL);
  }

  /** Records the elements whose look changes. */
  async watchStyles(): Promise<{ touched(): Promise<string[]> }> {
    const watch = await this.#surface.evaluateHandle((surface) => (surface as Inspectable).record());
    return { touched: () => watch.evaluate((touched) => [...touched].toSorted()) };
  }

  get #surface(): Locator {
    return this.place.locator('.drawing-surface');
  }
}
