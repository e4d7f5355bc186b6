import { expect, type Locator, type Page } from '@playwright/test';
import type { Core } from 'cytoscape';

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

/** The drawing as its users see and hear it. */
export class Drawing {
  readonly page: Page;
  readonly place: Locator;

  constructor(page: Page) {
    this.page = page;
    this.place = page.getByRole('region', { name: 'Drawing' });
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
    return this.place.locator('[role="status"]').last();
  }

  /** Waits until everybody who was asked for is drawn, and opens the list of them. */
  async openList(): Promise<void> {
    const summary = this.place.locator('summary');
    await expect(this.status).toContainText('Drawn of');
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

  /** Waits until nothing of the drawing has changed for some frames, and tells what is drawn then. */
  async atRest(): Promise<Drawn> {
    return this.#surface.evaluate(async (surface) => {
      const { cy } = (surface as Surface)._cyreg;
      let changes = 0;
      const changed = () => changes++;
      cy.on('add remove position class viewport', changed);
      for (let [frames, seen] = [0, changes]; frames < 60; frames++) {
        await new Promise(requestAnimationFrame);
        if (changes > seen || cy.$('.new, .loading').nonempty()) [frames, seen] = [0, changes];
      }
      cy.off('add remove position class viewport', changed);
      return {
        zoom: cy.zoom(),
        pan: { ...cy.pan() },
        people: Object.fromEntries(cy.nodes().map((node) => [node.id(), { ...node.position() }])),
        lines: Object.fromEntries(cy.edges().map((edge) => [edge.id(), [edge.data('source'), edge.data('target')]])),
        classes: Object.fromEntries(cy.elements().map((element) => [element.id(), element.classes().toSorted()])),
      };
    });
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
