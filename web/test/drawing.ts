import { expect, type Locator, type Page, type Request } from '@playwright/test';
import type { Core } from 'cytoscape';

import { TICKS } from '../explorer/drawing/layout.ts';

/** For so many frames nothing changes where nothing is going on: what a selection does takes a few, names among it. */
const STILL = 20;

/** A layout, which only an answer leads to, is advanced once a frame, and moves nobody before it is settled. */
const STILL_AFTER_ANSWERS = TICKS + STILL;

/** The element that shows the drawing, where cytoscape keeps what it knows of it: a canvas tells nothing. */
type Surface = HTMLElement & { _cyreg: { cy: Core } };

/** What is drawn, by global ids, and by those of lines: `FOLLOWER>FOLLOWED`. */
export interface Drawn {
  zoom: number;
  pan: { x: number; y: number };
  people: Record<string, { x: number; y: number }>;
  lines: Record<string, [follower: string, followed: string]>;
  classes: Record<string, string[]>;
}

function statusOf(page: Page): Locator {
  return page.getByRole('region', { name: 'Drawing' }).locator('[role="status"]').last();
}

/** Waits until a page's drawing has come, and everybody who was asked for last is drawn. */
export async function expectDrawn(page: Page): Promise<void> {
  await expect(statusOf(page)).toContainText('Drawn of');
}

/** The drawing as its users see and hear it. */
export class Drawing {
  readonly page: Page;
  readonly place: Locator;
  /** The page's questions to the API that are not answered yet. */
  readonly #open = new Set<Request>();
  #asked = 0;
  /** How many had been asked when the drawing was last at rest. */
  #askedAtRest = 0;

  /** Sees what a page asks from now on: it is to be there before the page is opened. */
  constructor(page: Page) {
    this.page = page;
    this.place = page.getByRole('region', { name: 'Drawing' });
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

  /** How many of how many are drawn. */
  get note(): Locator {
    return this.place.locator('.drawing-note').first();
  }

  get people(): Locator {
    return this.place.getByRole('list', { name: 'People drawn' }).getByRole('listitem');
  }

  get panel(): Locator {
    return this.place.locator('.drawing-panel');
  }

  get status(): Locator {
    return statusOf(this.page);
  }

  /** Waits until everybody who was asked for is drawn, and opens the list of them. */
  async openList(): Promise<void> {
    const summary = this.place.locator('summary');
    await expectDrawn(this.page);
    await summary.click();
    await expect(this.people.first()).toBeVisible();
  }

  /** A path in words. */
  get path(): Locator {
    return this.place.locator('.drawing-route ol');
  }

  /** Chooses somebody from the list. */
  async choose(name: string): Promise<void> {
    await this.people.getByRole('button', { name, exact: true }).first().click();
  }

  row(name: string): Locator {
    return this.people.filter({ hasText: name });
  }

  /** Moves the pointer over the drawing until somebody is under it, and tells who. */
  async findSomebody(): Promise<string> {
    const box = (await this.stage.boundingBox())!;
    const tip = this.place.locator('.drawing-tip bdi');
    for (let y = box.y + 120; y < box.y + box.height - 40; y += 12) {
      for (let x = box.x + 60; x < box.x + box.width - 60; x += 12) {
        await this.page.mouse.move(x, y);
        if ((await tip.count()) > 0) return tip.innerText();
      }
    }
    throw new Error('nobody is drawn');
  }

  /** Waits until nothing is asked for any more and nothing of the drawing changes, and tells what is drawn then. */
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

  /** Notes from now on whose style is found anew. */
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
