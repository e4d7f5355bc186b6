import {
  forceCollide,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationNodeDatum,
} from 'd3-force';

import type { Graph, Step } from './graph.ts';
import type { Place, Places } from './place.ts';
import { radiusOf } from './size.ts';
import { clearing, spotsAlong, spotsAround, Taken } from './spots.ts';

/** The number of simulation ticks for a step of the graph. */
const TICKS = 90;

/** The number of ticks for a step with more people than MANY: they have good places from the start. */
const FEW_TICKS = 40;
const MANY = 1000;

/** The distance around a moving node within which other nodes can collide with it. */
const NEAR = 160;

/** The minimum space between the edges of two nodes: a line of text fits in. */
const GAP = 16;

interface Body extends SimulationNodeDatum {
  id: string;
  radius: number;
  /** The place that attracts it. */
  home: Place;
}

/** A step of the graph and the places that it set: those of its people and of the person who was expanded. */
interface PlacedStep extends Step {
  places: Places;
}

/** The result of a layout, from which the next one continues. */
export type Placed = readonly PlacedStep[];

/** A layout that is computed in slices. The page stays responsive between them. */
export interface Layout {
  /** Computes for about this time, at least one tick. Returns whether the layout is settled. */
  advance(milliseconds: number): boolean;
  /** Returns the result, once it is settled. */
  placed(): Placed;
}

/** Returns the places of everyone. */
export function placesOf(graph: Graph, placed: Placed): Places {
  const places = new Map<string, Place>([[graph.middle, { x: 0, y: 0 }]]);
  for (const step of placed) for (const [id, place] of step.places) places.set(id, place);
  return places;
}

/**
 * Places the people of one step after another. The people of earlier steps keep their places, with one exception: a
 * person whose lists were expanded moves outward, to where the new people have room.
 *
 * The places depend only on the steps, their people, and how these follow the person of their step: not on the order in
 * which these were loaded, and not on the window. The layout continues after the last step that has not changed. New
 * people in such a step get places without a change of the others.
 *
 * @param before the result of the previous layout
 * @param loose the people whose steps are placed again: their follows have just loaded
 */
export function layOut(graph: Graph, before: Placed, loose: ReadonlySet<string>): Layout {
  const kept = keptOf(graph, before, loose);
  const done: PlacedStep[] = [...before.slice(0, kept)];
  const work = placing(graph, done, kept);
  let isSettled = false;
  return {
    advance(milliseconds) {
      const end = performance.now() + milliseconds;
      while (!isSettled) {
        isSettled = work.next().done ?? false;
        if (performance.now() >= end) break;
      }
      return isSettled;
    },
    placed: () => done,
  };
}

/** Returns the number of steps that keep their places. */
function keptOf(graph: Graph, before: Placed, loose: ReadonlySet<string>): number {
  const first = graph.steps.findIndex((step, i) => {
    const old = before[i];
    if (!old || old.of !== step.of || step.people.some((id) => loose.has(id))) return true;
    if (old.at?.x !== step.at?.x || old.at?.y !== step.at?.y || old.path?.join() !== step.path?.join()) return true;
    const people = new Set(step.people);
    return !old.people.every((id) => people.has(id));
  });
  return first < 0 ? graph.steps.length : first;
}

/** Places the steps. It yields after each tick. `done` contains the steps that keep their places. */
function* placing(graph: Graph, done: PlacedStep[], kept: number): Generator<void, void> {
  const places = new Map<string, Place>([[graph.middle, { x: 0, y: 0 }]]);
  for (const { places: set } of done) for (const [id, place] of set) places.set(id, place);
  for (const [i, step] of graph.steps.entries()) {
    const newcomers = sorted(graph, step.people.filter((id) => !places.has(id) && graph.people.has(id)));
    const earlier = i < kept ? done[i]!.places : new Map<string, Place>();
    const set = newcomers.length > 0 ? yield* placeStep(graph, step, newcomers, places) : new Map<string, Place>();
    for (const [id, place] of set) places.set(id, place);
    done[i] = { ...step, places: new Map([...earlier, ...set]) };
  }
  done.length = graph.steps.length;
}

/** Returns people in an order that does not depend on loading: the most followed first. */
function sorted(graph: Graph, ids: readonly string[]): string[] {
  const followers = (id: string) => graph.people.get(id)!.stats.followersCount;
  return ids.toSorted((a, b) => followers(b) - followers(a) || (a < b ? -1 : 1));
}

/** Returns the places that a step sets. */
function* placeStep(
  graph: Graph,
  step: Step,
  newcomers: readonly string[],
  places: Places,
): Generator<void, Map<string, Place>> {
  const homes = homesOf(graph, step, newcomers, places);
  const all = new Map([...places, ...homes]);
  const bodies = [...around(homes, all)].map(
    ([id, home]): Body => ({
      id,
      home,
      radius: radiusOf(graph, graph.people.get(id)!),
      ...home,
      ...(!homes.has(id) && { fx: home.x, fy: home.y }),
    }),
  );
  const simulation = forces(bodies);
  const ticks = newcomers.length > MANY ? FEW_TICKS : TICKS;
  simulation.alphaDecay(1 - 0.01 ** (1 / ticks));
  for (let tick = 0; tick < ticks; tick++) {
    simulation.tick();
    yield;
  }
  const set = new Map<string, Place>();
  for (const { id, x, y } of bodies) if (homes.has(id)) set.set(id, { x: rounded(x!), y: rounded(y!) });
  return set;
}

/** Returns a coordinate in hundredths: less is not visible, and shared pictures stay the same on other machines. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Returns the first places of the newcomers, and the new place of the expanded person if that person moves. */
function homesOf(graph: Graph, step: Step, newcomers: readonly string[], places: Places): Map<string, Place> {
  const middle = places.get(graph.middle)!;
  if (step.path) return spotsAlong(step.path, new Set(newcomers), (id) => places.get(id) ?? middle);
  const homes = new Map<string, Place>();
  let at = step.at ?? places.get(step.of) ?? middle;
  const taken = new Taken([...places].filter(([id]) => id !== step.of).map(([, place]) => place));
  // An expanded person moves to where its first people have room. The middle has room on all sides, and a person
  // that the user moved stays.
  if (step.of !== graph.middle && !step.at && places.has(step.of) && !hasCompany(graph, step, places)) {
    at = clearing(at, middle, newcomers.length, taken);
    homes.set(step.of, at);
  }
  for (const [id, spot] of spotsAround(graph, step.of, at, newcomers, taken)) homes.set(id, spot);
  return homes;
}

/** Reports whether a person was expanded in an earlier step. */
function hasCompany(graph: Graph, step: Step, places: Places): boolean {
  return graph.steps.some(
    (other) => other.of === step.of && !other.path && other.people.some((id) => places.has(id)),
  );
}

/** Returns the moving nodes and the nodes that they can collide with. The simulation leaves out all others. */
function around(moving: Places, all: Places): Places {
  const cellOf = ({ x, y }: Place, right = 0, down = 0) =>
    `${Math.floor(x / NEAR) + right},${Math.floor(y / NEAR) + down}`;
  const cells = new Set<string>();
  for (const place of moving.values()) {
    for (const right of [-1, 0, 1]) for (const down of [-1, 0, 1]) cells.add(cellOf(place, right, down));
  }
  return new Map([...all].filter(([, place]) => cells.has(cellOf(place))));
}

/**
 * Returns the forces: homes attract people, who do not touch. Follows have no force. Otherwise a follow that is learned
 * later would give an earlier step another picture.
 */
function forces(bodies: Body[]): Simulation<Body, undefined> {
  return forceSimulation(bodies)
    .velocityDecay(0.5)
    .force('x', forceX<Body>(({ home }) => home.x).strength(0.12))
    .force('y', forceY<Body>(({ home }) => home.y).strength(0.12))
    .force('collide', forceCollide<Body>(({ radius }) => radius + GAP).strength(0.9))
    .stop();
}
