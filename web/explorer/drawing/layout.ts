import {
  forceCollide,
  forceLink,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3-force';

import { linesOf, type Graph } from './graph.ts';
import { radiusOf } from './size.ts';
import { clearing, spotsAround, type Stretch } from './spots.ts';

/** A point of the drawing, whose middle person starts at 0, 0. */
export interface Place {
  x: number;
  y: number;
}

/** Where each one stands, by global id. */
export type Places = ReadonlyMap<string, Place>;

/** How often the forces act before a layout counts as settled: so many times it is advanced at most. */
export const TICKS = 90;

/** How far from whoever moves those are who may be in the way. */
const NEAR = 160;

/** The least space between two nodes' edges: a line of text fits in. */
const GAP = 16;

interface Body extends SimulationNodeDatum {
  id: string;
  radius: number;
  /** Where it is drawn to. */
  home: Place;
}

/** A layout in the making: it is advanced in slices, between which the page stays responsive. */
export interface Layout {
  /** Works for about so many milliseconds, one step at least, and says whether the layout is settled. */
  advance(milliseconds: number): boolean;
  places(): Places;
}

/**
 * Finds places for those who have none, and for those that are named as loose. All others stay where they are, bar one
 * whose lists were opened: it moves outward to where there is room for those that came. The same graph gets the same
 * places.
 *
 * @param loose who may still move, by global id: those that came last, whose follows have just become known
 */
export function layOut(graph: Graph, places: Places, loose: ReadonlySet<string>, stretch: Stretch): Layout {
  const homes = homesOf(graph, places, stretch);
  const moving = new Map(
    [...homes].filter(([id, home]) => id !== graph.middle && (loose.has(id) || places.get(id) !== home)),
  );
  const bodies = [...around(moving, homes)].map(
    ([id, home]): Body => ({
      id,
      home,
      radius: radiusOf(graph, graph.people.get(id)!),
      ...home,
      ...(!moving.has(id) && { fx: home.x, fy: home.y }),
    }),
  );
  const simulation = forces(graph, bodies, moving);
  let ticks = moving.size === 0 ? TICKS : 0;
  return {
    advance(milliseconds) {
      const end = performance.now() + milliseconds;
      while (ticks < TICKS) {
        simulation.tick();
        ticks++;
        if (performance.now() >= end) break;
      }
      return ticks >= TICKS;
    },
    places: () => new Map([...homes, ...bodies.map(({ id, x, y }) => [id, { x: x!, y: y! }] as const)]),
  };
}

/** Those who move, and those whom they may run into: the others cost nothing. */
function around(moving: Places, homes: Places): Places {
  const cellOf = ({ x, y }: Place, right = 0, down = 0) =>
    `${Math.floor(x / NEAR) + right},${Math.floor(y / NEAR) + down}`;
  const cells = new Set<string>();
  for (const place of moving.values()) {
    for (const right of [-1, 0, 1]) for (const down of [-1, 0, 1]) cells.add(cellOf(place, right, down));
  }
  return new Map([...homes].filter(([, place]) => cells.has(cellOf(place))));
}

function forces(graph: Graph, bodies: Body[], moving: Places): Simulation<Body, undefined> {
  const known = new Set(bodies.map(({ id }) => id));
  // Of the lines only those count that can move something; those from the centres are what homes stand for.
  const links: SimulationLinkDatum<Body>[] = linesOf(graph).filter(
    ({ source, target }) =>
      (moving.has(source) || moving.has(target)) &&
      known.has(source) &&
      known.has(target) &&
      !isSpoke(graph, source, target),
  );
  return forceSimulation(bodies)
    .alphaDecay(1 - 0.01 ** (1 / TICKS))
    .velocityDecay(0.5)
    .force('x', forceX<Body>(({ home }) => home.x).strength(0.12))
    .force('y', forceY<Body>(({ home }) => home.y).strength(0.12))
    .force('link', forceLink<Body, SimulationLinkDatum<Body>>(links).id(({ id }) => id).distance(70).strength(0.03))
    .force('collide', forceCollide<Body>(({ radius }) => radius + GAP).strength(0.9))
    .stop();
}

function isSpoke(graph: Graph, a: string, b: string): boolean {
  return graph.origins.get(a) === b || graph.origins.get(b) === a;
}

function homesOf(graph: Graph, places: Places, stretch: Stretch): Map<string, Place> {
  const homes = new Map(places);
  if (!homes.has(graph.middle)) homes.set(graph.middle, { x: 0, y: 0 });
  const newcomers = new Map<string, string[]>();
  for (const [id, origin] of graph.origins) {
    if (!homes.has(id)) newcomers.set(origin, [...(newcomers.get(origin) ?? []), id]);
  }
  for (const [origin, ids] of newcomers) {
    // Whoever brings the first ones moves to where there is room for them. The middle has it all around.
    if (origin !== graph.middle && !hasCompany(graph, origin, homes)) {
      const others = [...homes].filter(([id]) => id !== origin).map(([, place]) => place);
      homes.set(origin, clearing(homes.get(origin)!, homes.get(graph.middle)!, ids.length, others));
    }
    const round = origin === graph.middle ? stretch : { x: 1, y: 1 };
    for (const [id, spot] of spotsAround(graph, origin, homes.get(origin)!, ids, homes, round)) homes.set(id, spot);
  }
  return homes;
}

function hasCompany(graph: Graph, id: string, homes: Places): boolean {
  for (const other of homes.keys()) if (graph.origins.get(other) === id) return true;
  return false;
}
