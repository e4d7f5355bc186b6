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
import type { Place, Places } from './place.ts';
import { radiusOf } from './size.ts';
import { clearing, spotsAround, type Stretch } from './spots.ts';

/** The number of simulation steps after which a layout is settled. */
export const TICKS = 90;

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

/** A layout that is computed in slices. The page stays responsive between them. */
export interface Layout {
  /** Computes for about this time, at least one step. Returns whether the layout is settled. */
  advance(milliseconds: number): boolean;
  places(): Places;
}

/**
 * Computes places for people without a place and for people in `loose`. All others keep their places, with one
 * exception: a person whose lists were expanded moves outward, to where the new people have room. The layout is
 * deterministic: the same graph gets the same places.
 *
 * @param loose the global ids of people who can still move: the people added last, whose follows have just loaded
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

/** Returns the moving nodes and the nodes that they can collide with. The simulation leaves out all others. */
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
  // Only lines that can move a node count. Lines from an expanded person are left out: the homes represent them.
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
    // An expanded person moves to where its first people have room. The middle has room on all sides.
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
