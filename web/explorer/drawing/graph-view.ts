import { coloursOf } from './colours.ts';
import { nextIn, type Direction } from './compass.ts';
import { Crowd } from './crowd.ts';
import type { Emphasis } from './emphasis.ts';
import { Gestures } from './gestures.ts';
import { expose } from './inspection.ts';
import { placesOf } from './layout.ts';
import { Marks } from './marks.ts';
import { glide, type Stop } from './motion.ts';
import { inWindow, nameNodes, Ruler } from './naming.ts';
import { Painters } from './painters.ts';
import type { Place, Places } from './place.ts';
import { Placer } from './placer.ts';
import { strengthOf } from './style.ts';
import type { PictureFormat, Scene, View, ViewEvents } from './view.ts';
import { between, boxAround, fitting, isInside, LEAST_ZOOM, MOST_ZOOM, NARROW, type Size, type Viewport } from './viewport.ts';

/** The time in which nodes move to their places, in milliseconds. */
const WAY = 500;

/** More nodes than this do not glide: they are at their places at once. */
const MOST_GLIDING = 1500;

/** Above this number of people, names are not chosen while the window moves. */
const CROWD = 800;

/** The minimum zoom when showing new people: below it, names have no room. */
const FARTHEST = 0.45;

/** The distance in CSS pixels at which a pointer is on a node, beside its radius. A finger is wide. */
const SLACK = { mouse: 2, touch: 10 };

/** Draws a graph in an element: places, names, gestures and the viewport. A painter of `Painters` paints it. */
export class GraphView implements View {
  readonly #element: HTMLElement;
  readonly #events: ViewEvents;
  readonly #top: number;
  readonly #marks = new Marks();
  readonly #placer = new Placer();
  readonly #crowd: Crowd;
  readonly #gestures: Gestures;
  readonly #ruler: Ruler;
  readonly #painters: Painters;
  readonly #ends: Stop[] = [];
  #colours;
  #size: Size;
  #viewport: Viewport;
  #scene: Scene | undefined;
  #emphasis: Emphasis = { selected: undefined, path: undefined, loading: new Set() };
  /** The places of the layout, by global id. */
  #goals: Places = new Map();
  /** The people of the last layout, and those of them whose follows were not known. */
  #known: ReadonlySet<string> = new Set();
  #unsettled: ReadonlySet<string> = new Set();
  #dragged: { id: string; place: Place } | undefined;
  /** Whether the user chose the viewport. A resize does not change it then. */
  #isChosen = false;
  #isMoving = false;
  #isPlacing = false;
  #stopGliding: Stop | undefined;
  #stopLooking: Stop | undefined;
  #naming: number | undefined;
  #frame: number | undefined;
  #isDestroyed = false;

  /** @param top the height of what covers the element at the top, in CSS pixels */
  constructor(element: HTMLElement, events: ViewEvents, top: number) {
    this.#element = element;
    this.#top = top;
    this.#events = events;
    this.#size = { width: element.clientWidth, height: element.clientHeight };
    this.#viewport = { zoom: 1, pan: { x: this.#size.width / 2, y: this.#size.height / 2 } };
    this.#colours = coloursOf(element);
    this.#ruler = new Ruler(getComputedStyle(element).fontFamily);
    this.#painters = new Painters(element, () => this.#paintSoon());
    this.#crowd = new Crowd(() => this.#refresh());
    this.#gestures = new Gestures(element, {
      personAt: (spot, isTouch) => this.#personAt(spot, isTouch),
      // A finger on a crowded drawing is always on someone: it moves only the selected person.
      isDraggable: (id) => id === this.#emphasis.selected,
      tapped: (id) => events.tapped(id),
      hovered: (id) => {
        this.#marks.hover(id);
        events.hovered(id);
        this.#paintSoon();
      },
      dragging: (id, spot) => this.#drag(id, spot),
      dropped: (id) => this.#drop(id),
      looking: (viewport) => {
        this.#isChosen = this.#isMoving = true;
        this.#stopLooking?.();
        this.#setViewport(viewport);
      },
      looked: () => {
        this.#isMoving = false;
        this.#nameSoon();
        this.#paintSoon();
      },
    });
    this.#gestures.look(this.#viewport);
    this.#watchWindow();
    expose(element, {
      marks: this.#marks,
      viewport: () => this.#viewport,
      isBusy: () => this.#isBusy,
      painter: () => this.#painters.kind,
    });
  }

  #watchWindow(): void {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const recolour = () => {
      this.#colours = coloursOf(this.#element);
      this.#paintSoon();
    };
    scheme.addEventListener('change', recolour);
    const resized = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = this.#element;
      if (width === this.#size.width && height === this.#size.height) return;
      this.#size = { width, height };
      if (!this.#isChosen) this.#setViewport(this.#fitting());
      this.#paint(); // at once: the browser has stretched the old picture
    });
    resized.observe(this.#element);
    this.#ends.push(
      () => scheme.removeEventListener('change', recolour),
      () => resized.disconnect(),
    );
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#placer.stop();
    this.#crowd.stop();
    this.#stopGliding?.();
    this.#stopLooking?.();
    clearTimeout(this.#naming);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    for (const end of this.#ends) end();
    this.#gestures.destroy();
    this.#painters.destroy();
  }

  show(scene: Scene): void {
    const before = this.#scene;
    this.#scene = scene;
    if (scene.colouring === 'community') this.#crowd.find(scene.graph);
    this.#refresh();
    this.#painters.choose(this.#marks.nodes.size + this.#marks.lines.size);
    if (scene.round !== before?.round) this.#place(scene);
    else if (!this.#isPlacing) this.#glide(this.#places());
  }

  /** Shows the scene with the current places and communities. */
  #refresh(): void {
    const scene = this.#scene;
    if (!scene) return;
    const communities = scene.colouring === 'community' ? this.#crowd.communities : undefined;
    this.#marks.show(scene.part, scene.lines, this.#places(), communities);
    this.#paintSoon();
  }

  emphasize(emphasis: Emphasis): void {
    this.#emphasis = emphasis;
    this.#marks.emphasize(emphasis, this.#scene?.part.middle);
    this.#name();
  }

  next(direction: Direction, from: string | undefined): string | undefined {
    return from === undefined ? this.#scene?.part.middle : nextIn(direction, from, this.#marks.nodes);
  }

  reveal(id: string): void {
    const node = this.#marks.nodes.get(id);
    if (!node) return;
    const place = this.placeOf(id) ?? node;
    const { zoom, pan } = this.#viewport;
    const spot = { x: place.x * zoom + pan.x, y: place.y * zoom + pan.y };
    const { left, top } = this.#element.getBoundingClientRect();
    const { width, height } = this.#size;
    const isOutside = spot.x < 0 || spot.y < 0 || spot.x > width || spot.y > height;
    const above = document.elementFromPoint(left + spot.x, top + spot.y);
    // If the spot is scrolled out of the page's window, elementFromPoint cannot tell what covers it.
    if (!isOutside && (!above || this.#element.parentElement!.contains(above))) return;
    const closer = Math.max(zoom, FARTHEST);
    this.#look({ zoom: closer, pan: { x: width / 2 - place.x * closer, y: height / 3 - place.y * closer } });
  }

  zoom(factor: number): void {
    const { zoom, pan } = this.#viewport;
    const { width, height } = this.#size;
    const to = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom * factor));
    const along = (origin: number, middle: number) => middle - ((middle - origin) * to) / zoom;
    this.#isChosen = true;
    this.#stopLooking?.();
    this.#setViewport({ zoom: to, pan: { x: along(pan.x, width / 2), y: along(pan.y, height / 2) } });
  }

  fit(): void {
    this.#isChosen = false;
    if (this.#marks.nodes.size > 0) this.#look(this.#fitting());
  }

  spotOf(id: string): (Place & { radius: number }) | undefined {
    const node = this.#marks.nodes.get(id);
    return node && { ...inWindow(node, this.#viewport), radius: node.radius * this.#viewport.zoom };
  }

  placeOf(id: string): Place | undefined {
    return this.#scene?.moved.get(id) ?? this.#goals.get(id);
  }

  async picture(format: PictureFormat): Promise<Blob> {
    const { png, svg } = await import('./picture.ts');
    const parts = { colours: this.#colours, ruler: this.#ruler, thin: strengthOf(this.#marks.lines.size) };
    return format === 'png' ? png(this.#marks, parts) : new Blob([svg(this.#marks, parts)], { type: 'image/svg+xml' });
  }

  #place(scene: Scene): void {
    this.#isPlacing = true;
    // New people are placed again in the round after them, when their follows are known.
    const newcomers = [...scene.graph.people.keys()].filter((id) => !this.#known.has(id));
    const loose = new Set([...this.#unsettled, ...scene.loose, ...newcomers]);
    this.#known = new Set(scene.graph.people.keys());
    this.#unsettled = newcomers.length + scene.loose.size > 0 ? loose : new Set();
    this.#placer.start(scene.graph, loose, (placed) => {
      this.#isPlacing = false;
      const isFirst = this.#goals.size <= 1;
      this.#goals = placesOf(scene.graph, placed);
      const places = this.#places();
      for (const [id, node] of this.#marks.nodes) if (places.has(id)) this.#marks.set(node, { isNew: false });
      this.#glide(places);
      this.#look(isFirst && !this.#isChosen ? this.#fitting() : this.#lookAt(places, scene.loose), WAY);
    });
  }

  #places(): Places {
    const moved = this.#scene?.moved ?? new Map<string, Place>();
    const { id, place } = this.#dragged ?? {};
    return new Map([...this.#goals, ...moved, ...(id && place ? [[id, place] as const] : [])]);
  }

  /** Moves all nodes to their places. */
  #glide(places: Places): void {
    this.#stopGliding?.();
    this.#stopGliding = undefined;
    const ways = [...this.#marks.nodes.values()].flatMap((node) => {
      const to = places.get(node.id);
      return to && Math.hypot(node.x - to.x, node.y - to.y) > 0.005 ? [{ node, from: { x: node.x, y: node.y }, to }] : [];
    });
    if (ways.length === 0) return this.#nameSoon();
    const step = (part: number) => {
      for (const { node, from, to } of ways) {
        const [x, y] = [from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part];
        this.#marks.move(node, part === 1 ? to : { x, y });
      }
      this.#paintSoon();
    };
    this.#nameSoon();
    if (ways.length > MOST_GLIDING) return step(1);
    let isDone = false;
    const stop = glide(WAY, step, () => {
      isDone = true;
      this.#stopGliding = undefined;
      this.#nameSoon();
    });
    if (!isDone) this.#stopGliding = stop; // with reduced motion it was done at once
  }

  #drag(id: string, { x, y }: Place): void {
    const node = this.#marks.nodes.get(id);
    if (!node) return;
    const { zoom, pan } = this.#viewport;
    const place = { x: Math.round((x - pan.x) / zoom), y: Math.round((y - pan.y) / zoom) };
    this.#dragged = { id, place };
    this.#marks.move(node, place);
    this.#paintSoon();
  }

  #drop(id: string): void {
    const dragged = this.#dragged;
    if (!dragged || dragged.id !== id) return;
    this.#events.dragged(id, dragged.place);
    this.#dragged = undefined;
    this.#nameSoon();
  }

  #personAt(spot: Place, isTouch: boolean): string | undefined {
    const slack = isTouch ? SLACK.touch : SLACK.mouse;
    let best: { id: string; away: number } | undefined;
    for (const node of this.#marks.nodes.values()) {
      const { x, y } = inWindow(node, this.#viewport);
      const away = Math.hypot(x - spot.x, y - spot.y) - node.radius * this.#viewport.zoom;
      if (away <= slack && (!best || away < best.away)) best = { id: node.id, away };
    }
    return best?.id;
  }

  /** Returns the viewport after the layout. It includes the new people, and changes only if necessary. */
  #lookAt(places: Places, newcomers: ReadonlySet<string>): Viewport {
    const size = this.#free();
    const all = this.#fitting();
    if (!this.#isChosen && (all.zoom >= FARTHEST || newcomers.size > this.#marks.nodes.size / 2)) return all;
    const { origins } = this.#scene!.part;
    const group = [...newcomers].flatMap((id) => [id, origins.get(id) ?? id]);
    const spots = group.flatMap((id) => (this.#marks.nodes.has(id) ? (places.get(id) ?? []) : []));
    if (spots.length === 0 || isInside(boxAround(spots), this.#viewport, size)) return this.#viewport;
    return fitting(boxAround(spots), size, this.#top, Math.max(this.#viewport.zoom, FARTHEST));
  }

  /** Returns the viewport that shows everyone. */
  #fitting(): Viewport {
    const spots = [...this.#marks.nodes.keys()].flatMap((id) => this.placeOf(id) ?? []);
    return spots.length > 0 ? fitting(boxAround(spots), this.#free(), this.#top) : this.#viewport;
  }

  #look(to: Viewport, milliseconds = 250): void {
    const from = this.#viewport;
    this.#stopLooking?.();
    if (from.zoom === to.zoom && from.pan.x === to.pan.x && from.pan.y === to.pan.y) return;
    this.#isMoving = true;
    const done = () => {
      this.#isMoving = false;
      this.#stopLooking = undefined;
      this.#nameSoon();
      this.#paintSoon();
    };
    const stop = glide(milliseconds, (part) => this.#setViewport(part === 1 ? to : between(from, to, part)), done);
    if (!this.#isMoving) return; // it was done at once
    this.#stopLooking = () => {
      stop();
      done();
    };
  }

  #setViewport(viewport: Viewport): void {
    this.#viewport = viewport;
    this.#gestures.look(viewport);
    this.#nameSoon();
    this.#paintSoon();
  }

  #nameSoon(): void {
    // Names of a crowd take longer than a frame: they are chosen when the window is at rest.
    if (this.#isMoving && this.#marks.nodes.size > CROWD) return;
    this.#naming ??= window.setTimeout(() => this.#name(), 80);
  }

  #name(): void {
    clearTimeout(this.#naming);
    this.#naming = undefined;
    nameNodes(this.#marks, this.#viewport, this.#size, this.#ruler);
    this.#paintSoon();
  }

  #paintSoon(): void {
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    if (this.#isDestroyed) return;
    this.#painters.current.paint({
      marks: this.#marks,
      viewport: this.#viewport,
      size: this.#size,
      colours: this.#colours,
      ruler: this.#ruler,
      thin: strengthOf(this.#marks.lines.size),
      isMoving: this.#isMoving,
    });
  }

  /** Whether the picture will change by itself. */
  get #isBusy(): boolean {
    return (
      this.#isPlacing ||
      this.#isMoving ||
      this.#stopGliding !== undefined ||
      this.#naming !== undefined ||
      this.#frame !== undefined ||
      this.#painters.isLoading ||
      this.#crowd.isBusy
    );
  }

  /** Returns the size of the window that is not covered. On a phone, the panel covers the lower half. */
  #free(): Size {
    const { width, height } = this.#size;
    return { width, height: width < NARROW && this.#emphasis.selected !== undefined ? height * 0.55 : height };
  }
}
