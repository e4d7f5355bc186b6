import { useEffect, useEffectEvent, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react';

import { count } from '../format.ts';
import { nameOf } from '../name.ts';
import { WAYS, type Direction } from './compass.ts';
import type { Emphasis } from './emphasis.ts';
import type { Graph } from './graph.ts';
import { isolated } from './name.ts';
import type { Place } from './place.ts';
import { GraphView } from './graph-view.ts';
import type { PictureFormat, Scene, View } from './view.ts';
import { NOTES } from './viewport.ts';

const DIRECTIONS: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** The distance that one key press moves a person, in the units of the drawing. */
const STEP = 20;

/** The factor of one zoom step. */
const ZOOM = 1.4;

interface CanvasProps extends Emphasis {
  /** What is drawn. A new object is drawn again. Undefined until the person in the middle is loaded. */
  scene: Scene | undefined;
  /** The name of the person in the middle. */
  name: string;
  /** Whether notes cover it at the top. */
  hasNotes: boolean;
  ref: Ref<CanvasHandle>;
  /** A person's node was clicked or tapped. A double click calls it twice. */
  press(id: string): void;
  /** A person was dragged, or moved with the keyboard. */
  drag(id: string, place: Place): void;
  /** The keyboard moved to a person. */
  select(id: string): void;
  /** The keyboard requests more connections of the selected person. */
  proceed(): void;
  /** The selection must be cleared. */
  leave(): void;
}

export interface CanvasHandle {
  focus(): void;
  /** Makes a person visible. */
  reveal(id: string): void;
  /** Returns a picture of everything that is drawn. */
  picture(format: PictureFormat): Promise<Blob>;
}

/** The canvas with pointer, keyboard and zoom. The list of people contains the same information. */
export function Canvas(props: CanvasProps) {
  const { scene, selected, path, loading, name, ref } = props;
  const stage = useRef<HTMLDivElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  const view = useRef<View>(undefined);
  const [hovered, setHovered] = useState<string>();
  const tapped = useEffectEvent((id: string | undefined) => (id === undefined ? props.leave() : props.press(id)));
  const dragged = useEffectEvent((id: string, place: Place) => props.drag(id, place));

  useEffect(() => {
    const events = { tapped: (id?: string) => tapped(id), hovered: setHovered, dragged: (id: string, place: Place) => dragged(id, place) };
    const drawn = new GraphView(surface.current!, events, props.hasNotes ? NOTES : 0);
    view.current = drawn;
    return () => drawn.destroy();
  }, []);
  useEffect(() => {
    if (scene) view.current!.show(scene);
  }, [scene]);
  // After the effect that shows the graph: new people have no emphasis yet.
  useEffect(() => {
    view.current!.emphasize({ selected, path, loading });
  }, [scene, selected, path, loading]);
  useEffect(() => {
    if (selected !== undefined) view.current!.reveal(selected);
  }, [selected]);
  useImperativeHandle(
    ref,
    () => ({
      focus: () => stage.current!.focus({ preventScroll: true }),
      reveal: (id) => view.current!.reveal(id),
      picture: (format) => view.current!.picture(format),
    }),
    [],
  );

  function pressedKey(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = DIRECTIONS[event.key];
    if (direction && event.shiftKey) {
      const place = selected === undefined ? undefined : view.current!.placeOf(selected);
      if (place) props.drag(selected!, { x: place.x + STEP * WAYS[direction].x, y: place.y + STEP * WAYS[direction].y });
    } else if (direction) {
      const next = view.current!.next(direction, selected);
      if (next !== undefined) props.select(next);
    } else if (event.key === 'Enter' || event.key === ' ') props.proceed();
    else if (event.key === '+' || event.key === '=') view.current!.zoom(ZOOM);
    else if (event.key === '-') view.current!.zoom(1 / ZOOM);
    else if (event.key === '0') view.current!.fit();
    else return;
    event.preventDefault();
  }

  return (
    <>
      <div
        ref={stage}
        className="drawing-stage"
        role="application"
        aria-label={`Neighbourhood of ${isolated(name)}`}
        aria-describedby="drawing-keys"
        tabIndex={0}
        onKeyDown={pressedKey}
        data-hovered={hovered !== undefined || undefined}
      >
        <div ref={surface} className="drawing-surface" aria-hidden="true" />
      </div>
      <p id="drawing-keys" className="drawing-keys">
        <kbd>Arrow keys</kbd> move, <kbd>Shift</kbd> moves the person, <kbd>Enter</kbd> expands, <kbd>+</kbd>{' '}
        <kbd>−</kbd> <kbd>0</kbd> zoom, <kbd>Esc</kbd> clears the selection
      </p>
      {scene && hovered !== undefined && hovered !== selected && <Tip graph={scene.part} id={hovered} view={view.current!} />}
      <div className="drawing-zoom" role="group" aria-label="Zoom">
        <button type="button" aria-label="Zoom in" onClick={() => view.current!.zoom(ZOOM)}>
          <Icon path="M8 3v10M3 8h10" />
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => view.current!.zoom(1 / ZOOM)}>
          <Icon path="M3 8h10" />
        </button>
        <button type="button" aria-label="Show all" onClick={() => view.current!.fit()}>
          <Icon path="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" />
        </button>
      </div>
    </>
  );
}

/** A tooltip for the person under the pointer. The panel shows the same for the selected person. */
function Tip({ graph, id, view }: { graph: Graph; id: string; view: View }) {
  const spot = view.spotOf(id);
  const person = graph.people.get(id);
  if (!spot || !person) return null;
  return (
    <p className="drawing-tip" aria-hidden="true" style={{ left: spot.x, top: spot.y - spot.radius }}>
      <bdi>{nameOf(person)}</bdi>
      <small>{count(person.stats.followersCount, 'follower')}</small>
    </p>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
