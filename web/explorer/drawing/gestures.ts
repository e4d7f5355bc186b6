import { select } from 'd3-selection';
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomBehavior } from 'd3-zoom';

import type { Place } from './place.ts';
import { LEAST_ZOOM, MOST_ZOOM, type Viewport } from './viewport.ts';

/** A pointer that moves less far than this, in CSS pixels, clicks or taps. */
const STILL = { mouse: 4, touch: 10 };

interface Handlers {
  /** Returns the person at a spot of the element, in CSS pixels. */
  personAt(spot: Place, isTouch: boolean): string | undefined;
  /** Reports whether a finger on the person drags the person. Otherwise it moves the window. */
  isDraggable(id: string): boolean;
  tapped(id: string | undefined): void;
  hovered(id: string | undefined): void;
  /** The person follows the pointer to a spot. */
  dragging(id: string, spot: Place): void;
  dropped(id: string): void;
  /** The user moves the window. */
  looking(viewport: Viewport): void;
  /** The user has moved the window. */
  looked(): void;
}

/** A pressed pointer that can become a click, a tap or a drag. */
interface Press {
  pointer: number;
  start: Place;
  id: string | undefined;
  drags: boolean;
  hasMoved: boolean;
}

/** Reads pointers and the wheel on an element: clicks, drags of people, and moves of the window. */
export class Gestures {
  readonly #element: HTMLElement;
  readonly #handlers: Handlers;
  readonly #zoom: ZoomBehavior<HTMLElement, unknown>;
  readonly #stop = new AbortController();
  #press: Press | undefined;
  #hovered: string | undefined;

  constructor(element: HTMLElement, handlers: Handlers) {
    this.#element = element;
    this.#handlers = handlers;
    this.#zoom = zoom<HTMLElement, unknown>()
      .scaleExtent([LEAST_ZOOM, MOST_ZOOM])
      .clickDistance(STILL.mouse)
      .tapDistance(STILL.touch)
      .filter((event: Event) => this.#movesWindow(event))
      .on('zoom', ({ transform, sourceEvent }: D3ZoomEvent<HTMLElement, unknown>) => {
        if (!sourceEvent) return; // set by look
        this.#hover(undefined);
        handlers.looking({ zoom: transform.k, pan: { x: transform.x, y: transform.y } });
      })
      .on('end', ({ sourceEvent }: D3ZoomEvent<HTMLElement, unknown>) => sourceEvent && handlers.looked());
    select(element).call(this.#zoom);
    const { signal } = this.#stop;
    element.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    element.addEventListener('pointermove', (event) => this.#move(event), { signal });
    element.addEventListener('pointerup', (event) => this.#up(event), { signal });
    element.addEventListener('pointercancel', () => this.#cancel(), { signal });
    element.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && this.#hover(undefined), { signal });
  }

  /** Tells the gestures the viewport, from which the next move of the window starts. */
  look({ zoom: k, pan }: Viewport): void {
    Object.assign(this.#element, { __zoom: zoomIdentity.translate(pan.x, pan.y).scale(k) });
  }

  destroy(): void {
    this.#stop.abort();
    select(this.#element).on('.zoom', null);
  }

  #movesWindow(event: Event): boolean {
    if (event instanceof WheelEvent) return true;
    if (event instanceof MouseEvent) {
      const id = this.#handlers.personAt(this.#spotOf(event), false);
      return event.button === 0 && !event.ctrlKey && id === undefined;
    }
    const { touches } = event as TouchEvent;
    if (touches.length !== 1) return true;
    const id = this.#handlers.personAt(this.#spotOf(touches[0]!), true);
    return id === undefined || !this.#handlers.isDraggable(id);
  }

  #spotOf({ clientX, clientY }: { clientX: number; clientY: number }): Place {
    const { left, top } = this.#element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #down(event: PointerEvent): void {
    // A second finger ends what the first one began.
    if (!event.isPrimary) return this.#cancel();
    if (event.button !== 0) return;
    const start = this.#spotOf(event);
    const isTouch = event.pointerType !== 'mouse';
    const id = this.#handlers.personAt(start, isTouch);
    const drags = id !== undefined && (!isTouch || this.#handlers.isDraggable(id));
    this.#press = { pointer: event.pointerId, start, id, drags, hasMoved: false };
    if (drags) this.#element.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const spot = this.#spotOf(event);
    const press = this.#press;
    if (!press || press.pointer !== event.pointerId) {
      if (event.pointerType === 'mouse') this.#hover(this.#handlers.personAt(spot, false));
      return;
    }
    const limit = event.pointerType === 'mouse' ? STILL.mouse : STILL.touch;
    if (!press.hasMoved && Math.hypot(spot.x - press.start.x, spot.y - press.start.y) < limit) return;
    press.hasMoved = true;
    if (!press.drags) return;
    this.#hover(undefined);
    this.#handlers.dragging(press.id!, spot);
  }

  #up(event: PointerEvent): void {
    const press = this.#press;
    if (!press || press.pointer !== event.pointerId) return;
    this.#press = undefined;
    if (!press.hasMoved) this.#handlers.tapped(press.id);
    else if (press.drags) this.#handlers.dropped(press.id!);
  }

  #cancel(): void {
    const press = this.#press;
    this.#press = undefined;
    if (press?.drags && press.hasMoved) this.#handlers.dropped(press.id!);
  }

  #hover(id: string | undefined): void {
    if (id === this.#hovered) return;
    this.#hovered = id;
    this.#handlers.hovered(id);
  }
}
