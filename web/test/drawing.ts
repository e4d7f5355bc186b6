import { expect, type Locator, type Page, type Request } from '@playwright/test';
import type { Core } from 'cytoscape';

import { TICKS } from '../explorer/drawing/layout.ts';

/**
 * After this number of frames without a change, the drawing is at rest. A selection and its names take a few frames.
 */
const STILL = 20;

/** The same after a response: a layout takes one step per frame and moves people only when it is settled. */
const STILL_AFTER_ANSWERS = TICKS + STILL;

/** The element of the drawing. Cytoscape stores its data there, because a canvas cannot be inspected. */
type Surface = HTMLElement & { _cyreg: { cy: Core } };

/** The drawn elements, by global id, and by `FOLLOWER>FOLLOWED` for lines. */
export interface Drawn {
  zoom: number;
  pan: { x: number; y: number };
  people: Record<string, { x: number; y: number }>;
  lines: Record<string, [follower: string, followed: string]>;
  classes: Record<string, string[]>;
}

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
  /** The number of requests when the drawing was last at rest. */
  #askedAtRest = 0;

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
      const drawn = await this.#whenStill(asked === this.#askedAtRest ? STILL : STILL_AFTER_ANSWERS);
      if (this.#asked !== asked) continue;
      this.#askedAtRest = asked;
      return drawn;
    }
  }

  async #whenStill(frames: number): Promise<Drawn> {
    return this.#surface.evaluate(async (surface, frames) => {
      const { cy } = (surface as Surface)._cyreg;
      let changes = 0;
      const changed = () => changes++;
      cy.on('add remove position class viewport', changed);
      for (let [still, seen] = [0, changes]; still < frames; still++) {
        await new Promise(requestAnimationFrame);
        if (changes > seen || cy.$('.new, .loading').nonempty()) [still, seen] = [0, changes];
      }
      cy.off('add remove position class viewport', changed);
      return {
        zoom: cy.zoom(),
        pan: { ...cy.pan() },
        people: Object.fromEntries(cy.nodes().map((node) => [node.id(), { ...node.position() }])),
        lines: Object.fromEntries(cy.edges().map((edge) => [edge.id(), [edge.data('source'), edge.data('target')]])),
        classes: Object.fromEntries(cy.elements().map((element) => [element.id(), element.classes().toSorted()])),
      };
    }, frames);
  }

  /** Records the elements whose style is computed again. */
  async watchStyles(): Promise<{ touched(): Promise<string[]> }> {
    const watch = await this.#surface.evaluateHandle((surface) => {
      const touched = new Set<string>();
      (surface as Surface)._cyreg.cy.on('style', 'node, edge', ({ target }) => touched.add(target.id()));
      return touched;
    });
    return { touched: () => watch.evaluate((touched) => [...touched].toSorted()) };
  }

  get #surface(): Locator {
    return this.place.locator('.drawing-surface');
  }
}
