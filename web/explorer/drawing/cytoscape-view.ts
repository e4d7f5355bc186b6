import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';

import { setClass } from './classes.ts';
import { coloursOf } from './colours.ts';
import { nextIn, type Direction } from './compass.ts';
import { bringOut, type Emphasis } from './emphasis.ts';
import { isExpanded, linesOf, relationOf, type Graph, type Line } from './graph.ts';
import { layOut } from './layout.ts';
import { everyFrame, glide, type Stop } from './motion.ts';
import { labelOf } from './name.ts';
import { nameNodes } from './naming.ts';
import type { Place, Places } from './place.ts';
import { radiusOf } from './size.ts';
import { styleOf } from './style.ts';
import type { PictureFormat, Scene, View, ViewEvents } from './view.ts';
import { between, boxAround, fitting, isInside, type Size, type Viewport } from './viewport.ts';

/** The time for the layout in each frame, in milliseconds. The other half of the frame is for other work. */
const SLICE = 7;

/** Above this number of nodes and lines, drawing takes longer than a frame. */
const MANY = 700;

/** Above this number of people around a person, the lines to them are fainter. */
const CROWD = 120;

/** The time in which nodes move to their places, in milliseconds. */
const WAY = 500;

/** The minimum zoom when showing new people: below it, names have no room. */
const FARTHEST = 0.45;

/** In windows narrower than this, in CSS pixels, the panel is as wide as the window. */
const NARROW = 640;

/** Draws a graph on canvases inside an element and lays it out. */
export class CytoscapeView implements View {
  readonly #cy: Core;
  readonly #element: HTMLElement;
  #graph: Graph | undefined;
  /** How each person is drawn now, by global id. */
  readonly #shown = new Map<string, { label: string; size: number; weight: number; kind: string }>();
  #moved: Places = new Map();
  #round = 0;
  #emphasis: Emphasis = { selected: undefined, path: undefined, loading: new Set() };
  /** The place of each person, or the place that the person moves to. */
  #goals: Places = new Map();
  /** Whether the user chose the viewport. A resize does not change it then. */
  #isChosen = false;
  #stopPlacing: Stop = () => {};
  #stopLooking: Stop = () => {};
  #naming: number | undefined;
  readonly #ends: Stop[] = [];

  constructor(element: HTMLElement, events: ViewEvents) {
    this.#element = element;
    const cy = (this.#cy = cytoscape({
      container: element,
      style: this.#style(),
      minZoom: 0.04,
      maxZoom: 3,
      autoungrabify: true,
      autounselectify: true,
      boxSelectionEnabled: false,
      // More than two device pixels per CSS pixel are not visible, but take time.
      pixelRatio: Math.min(2, devicePixelRatio),
    }));
    cy.on('tap', ({ target }) => events.tapped(target === cy ? undefined : (target.id() as string)));
    cy.on('mouseover', 'node', ({ target }) => {
      target.connectedEdges().addClass('hovered');
      events.hovered(target.id() as string);
    });
    cy.on('mouseout', 'node', ({ target }) => {
      target.connectedEdges().removeClass('hovered');
      events.hovered(undefined);
    });
    cy.on('dragpan scrollzoom pinchzoom', () => {
      this.#isChosen = true;
      this.#stopLooking();
      events.hovered(undefined);
    });
    cy.on('viewport', () => this.#nameSoon());
    cy.on('resize', () => {
      if (!this.#isChosen) this.fit();
    });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const recolour = () => cy.style(this.#style());
    scheme.addEventListener('change', recolour);
    this.#ends.push(() => scheme.removeEventListener('change', recolour));
  }

  destroy(): void {
    this.#stopPlacing();
    this.#stopLooking();
    clearTimeout(this.#naming);
    for (const end of this.#ends) end();
    this.#cy.destroy();
  }

  show({ graph, part, lines, moved, loose, round }: Scene): void {
    this.#moved = moved;
    this.#graph = graph;
    this.#cy.batch(() => {
      this.#showPeople(part);
      this.#showLines(part, lines);
    });
    // For a large drawing, cytoscape moves a picture of it during gestures. It reads this option only at the start, so
    // the renderer is changed here.
    const { renderer } = this.#cy as unknown as { renderer(): { textureOnViewport: boolean } };
    renderer.call(this.#cy).textureOnViewport = this.#cy.elements().length > MANY;
    if (round !== this.#round) this.#place(graph, loose);
    this.#round = round;
  }

  emphasize(emphasis: Emphasis): void {
    this.#emphasis = emphasis;
    bringOut(this.#cy, emphasis, this.#graph?.middle);
    this.#name(); // now: updating the names later would draw everything again
  }

  /** Returns the next person from a person in a direction. Without a person, returns the person in the middle. */
  next(direction: Direction, from: string | undefined): string | undefined {
    return from === undefined ? this.#graph?.middle : nextIn(direction, from, this.#goals);
  }

  /** Makes a person visible if they are outside the window or covered. */
  reveal(id: string): void {
    const node = this.#cy.$id(id);
    if (node.empty()) return;
    const { left, top } = this.#element.getBoundingClientRect();
    const spot = node.renderedPosition();
    const { width, height } = this.#size();
    const isOutside = spot.x < 0 || spot.y < 0 || spot.x > width || spot.y > height;
    const above = document.elementFromPoint(left + spot.x, top + spot.y);
    // If the spot is scrolled out of the page's window, elementFromPoint cannot tell what covers it.
    if (!isOutside && (!above || this.#element.contains(above))) return;
    const { zoom } = this.#viewport();
    const { x, y } = node.position();
    this.#look({ zoom, pan: { x: width / 2 - x * zoom, y: height / 3 - y * zoom } });
  }

  /** Zooms around the middle of the window. */
  zoom(factor: number): void {
    const { width, height } = this.#size();
    this.#isChosen = true;
    this.#stopLooking();
    this.#cy.zoom({ level: this.#cy.zoom() * factor, renderedPosition: { x: width / 2, y: height / 2 } });
  }

  /** Shows all people. */
  fit(): void {
    this.#isChosen = false;
    const places = [...this.#goals.values()];
    if (places.length > 0) this.#look(fitting(boxAround(places), this.#free()));
  }

  /** Returns the position of a person's node in CSS pixels from the corner of the element. */
  spotOf(id: string): (Place & { radius: number }) | undefined {
    const node = this.#cy.$id(id);
    if (node.empty()) return undefined;
    return { ...node.renderedPosition(), radius: node.renderedOuterHeight() / 2 };
  }

  placeOf(id: string): Place | undefined {
    return this.#moved.get(id) ?? this.#goals.get(id);
  }

  async picture(format: PictureFormat): Promise<Blob> {
    if (format === 'svg') throw new Error('not yet');
    return this.#cy.png({ output: 'blob-promise', full: true, scale: 2, bg: coloursOf(this.#element).ground });
  }

  #style() {
    return styleOf(coloursOf(this.#element), getComputedStyle(this.#element).fontFamily);
  }

  #showPeople(graph: Graph): void {
    const newcomers: ElementDefinition[] = [];
    for (const person of graph.people.values()) {
      const { id } = person;
      const kind = id === graph.middle ? 'middle' : relationOf(graph, id, graph.middle);
      const data = { id, label: labelOf(person), size: 2 * radiusOf(graph, person), weight: weightOf(graph, id) };
      const shown = this.#shown.get(id);
      this.#shown.set(id, { ...data, kind });
      if (!shown) {
        const origin = this.#cy.$id(graph.origins.get(id) ?? '');
        const position = origin.nonempty() ? { ...origin.position() } : { x: 0, y: 0 };
        newcomers.push({ group: 'nodes', data, position, classes: `${kind} new` });
        continue;
      }
      if (shown.kind !== kind) this.#cy.$id(id).removeClass(shown.kind).addClass(kind);
      if (shown.label !== data.label || shown.size !== data.size || shown.weight !== data.weight) {
        this.#cy.$id(id).data(data);
      }
    }
    this.#cy.add(newcomers);
  }

  #showLines(graph: Graph, kinds: Scene['lines']): void {
    const company = new Map<string, number>();
    for (const origin of graph.origins.values()) company.set(origin, (company.get(origin) ?? 0) + 1);
    const classesOf = ({ source, target, mutual }: Line) => {
      const center = centerOf(graph, source, target);
      const isSpoke = center !== undefined;
      return { mutual, spoke: isSpoke, crowded: isSpoke && company.get(center)! > CROWD };
    };
    const lines = new Map(
      linesOf(graph).flatMap((line) => (line.mutual ? kinds.mutual : kinds.oneWay) ? [[line.id, line] as const] : []),
    );
    this.#cy.edges().forEach((edge) => {
      const line = lines.get(edge.id());
      if (!line) return void edge.remove();
      lines.delete(line.id);
      for (const [name, isSet] of Object.entries(classesOf(line))) setClass(edge, name, isSet);
    });
    this.#cy.add(
      [...lines.values()].map((line) => {
        const { mutual: _, ...data } = line;
        const classes = Object.entries(classesOf(line)).flatMap(([name, isSet]) => (isSet ? [name] : []));
        return { group: 'edges' as const, data, classes };
      }),
    );
  }

  /** Computes the layout in slices, then moves all people to their places. */
  #place(graph: Graph, loose: ReadonlySet<string>): void {
    this.#stopPlacing();
    const { width, height } = this.#size();
    const apart = Math.min(1.3, Math.max(0.75, Math.sqrt(width / height)));
    const layout = layOut(graph, this.#goals, loose, { x: apart, y: 1 / apart });
    this.#stopPlacing = everyFrame(() => {
      if (!layout.advance(SLICE)) return false;
      this.#glide(layout.places(), loose);
      return true;
    });
  }

  #glide(places: Places, newcomers: ReadonlySet<string>): void {
    this.#goals = places;
    this.#cy.nodes('.new').removeClass('new');
    const ways: { node: NodeSingular; from: Place; to: Place }[] = [];
    for (const [id, to] of places) {
      const node = this.#cy.$id(id) as unknown as NodeSingular;
      const from = { ...node.position() };
      if (Math.hypot(from.x - to.x, from.y - to.y) > 0.5) ways.push({ node, from, to });
    }
    this.#look(this.#lookAt(places, newcomers), WAY);
    this.#stopPlacing = glide(
      WAY,
      (part) => {
        this.#cy.batch(() => {
          for (const { node, from, to } of ways) {
            node.position({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part });
          }
        });
      },
      () => this.#nameSoon(),
    );
  }

  /** Returns the viewport after the layout. It includes the new people, and changes only if necessary. */
  #lookAt(places: Places, newcomers: ReadonlySet<string>): Viewport {
    const before = this.#viewport();
    const size = this.#free();
    const all = boxAround([...places.values()]);
    if (!this.#isChosen && fitting(all, size).zoom >= FARTHEST) return fitting(all, size);
    const group = [...newcomers].flatMap((id) => [id, this.#graph?.origins.get(id) ?? id]);
    const spots = group.flatMap((id) => places.get(id) ?? []);
    if (spots.length === 0 || isInside(boxAround(spots), before, size)) return before;
    return fitting(boxAround(spots), size, Math.max(before.zoom, FARTHEST));
  }

  #look(to: Viewport, milliseconds = 250): void {
    const from = this.#viewport();
    this.#stopLooking();
    this.#stopLooking = glide(milliseconds, (part) => this.#cy.viewport(between(from, to, part)), () => {});
  }

  #nameSoon(): void {
    this.#naming ??= window.setTimeout(() => this.#name(), 80);
  }

  #name(): void {
    clearTimeout(this.#naming);
    this.#naming = undefined;
    if (this.#graph) nameNodes(this.#cy);
  }

  #viewport(): Viewport {
    return { zoom: this.#cy.zoom(), pan: { ...this.#cy.pan() } };
  }

  /** Returns the size of the window that is not covered. On a phone, the panel covers the lower half. */
  #free(): Size {
    const { width, height } = this.#size();
    return { width, height: width < NARROW && this.#emphasis.selected !== undefined ? height * 0.55 : height };
  }

  #size(): Size {
    return { width: this.#cy.width(), height: this.#cy.height() };
  }
}

/** Returns the importance of a name: expanded people first, then people with many followers. */
function weightOf(graph: Graph, id: string): number {
  const { followersCount } = graph.people.get(id)!.stats;
  return followersCount + (isExpanded(graph, id) ? 1e9 : 0);
}

/** Returns which of two people added the other one, if any. */
function centerOf(graph: Graph, a: string, b: string): string | undefined {
  if (graph.origins.get(a) === b) return b;
  return graph.origins.get(b) === a ? a : undefined;
}
