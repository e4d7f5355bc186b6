import { COMMUNITY_COLOURS } from './colours.ts';
import type { Emphasis } from './emphasis.ts';
import { isExpanded, linesOf, relationOf, type Graph, type Line, type Relation } from './graph.ts';
import { labelOf } from './name.ts';
import type { Place, Places } from './place.ts';
import { radiusOf } from './size.ts';

/** Above this number of people around a person, the lines to them are fainter. */
const CROWD = 120;

/** A person as a node of the picture. Sizes and places are CSS pixels at zoom 1. */
export interface NodeMark {
  readonly id: string;
  label: string;
  radius: number;
  followers: number;
  /** The importance of the name: expanded people first, then people with many followers. */
  weight: number;
  kind: Relation | 'middle';
  /** The number of the community's colour, if these are coloured. A person in none has that of small ones. */
  community: number | undefined;
  x: number;
  y: number;
  /** Whether the layout has no place yet. The node is where the person was added. */
  isNew: boolean;
  /** The place of the name, if it is shown. See naming.ts. */
  named: number | undefined;
  isSelected: boolean;
  isLoading: boolean;
  isPath: boolean;
  isFaded: boolean;
}

/** A line of the picture. */
export interface LineMark {
  readonly id: string;
  readonly source: NodeMark;
  readonly target: NodeMark;
  mutual: boolean;
  /** Whether one of the two people added the other, and whether that person added many. */
  isSpoke: boolean;
  isCrowded: boolean;
  /** The number of the colour of the community that both people are in, or of small ones, if these are coloured. */
  community: number | undefined;
  isFaded: boolean;
  isPath: boolean;
  /** Whether it belongs to the selected person, and its direction if it is one-way. */
  lit: 'from' | 'to' | 'both' | undefined;
  isHovered: boolean;
}

/** The kinds of lines that are drawn. */
export interface LineKinds {
  oneWay: boolean;
  mutual: boolean;
}

/** The nodes and lines of the picture. It knows which of them have changed since they were painted. */
export class Marks {
  readonly nodes = new Map<string, NodeMark>();
  readonly lines = new Map<string, LineMark>();
  /** The ids of changed nodes and lines. A painter that has painted them clears the sets. */
  readonly changed = new Set<string>();
  readonly moved = new Set<string>();
  /** Increases when a node or line is added or removed. */
  version = 0;
  /** Increases when anything changes but names and the lines of the person under the pointer. */
  revision = 0;
  /** Collects the ids of changed nodes and lines, for tests. */
  recorder: Set<string> | undefined;
  /** The lines of the person under the pointer. */
  hovered: readonly LineMark[] = [];
  /** The lines of each person. */
  readonly #linesOf = new Map<NodeMark, LineMark[]>();

  /** Changes a node or line, if one of the values differs. Names and the look under the pointer are changed alone. */
  set<M extends NodeMark | LineMark>(mark: M, values: Partial<M>): void {
    for (const name in values) {
      if (mark[name] === values[name]) continue;
      Object.assign(mark, values);
      if (name !== 'named' && name !== 'isHovered') this.revision++;
      this.changed.add(mark.id);
      this.recorder?.add(mark.id);
      return;
    }
  }

  move(node: NodeMark, { x, y }: Place): void {
    if (node.x === x && node.y === y) return;
    node.x = x;
    node.y = y;
    this.revision++;
    this.moved.add(node.id);
  }

  /**
   * Shows the people and lines of a graph.
   *
   * @param places the places of people. A person without a place starts where the person was added.
   */
  show(graph: Graph, kinds: LineKinds, places: Places, communities: ReadonlyMap<string, number> | undefined): void {
    const before = this.version;
    this.#showPeople(graph, places, communities);
    this.#showLines(graph, kinds);
    if (this.version === before) return;
    this.revision++;
    this.hovered = this.hovered.filter((line) => this.lines.get(line.id) === line);
    this.#linesOf.clear();
    for (const line of this.lines.values()) {
      for (const end of [line.source, line.target]) {
        const lines = this.#linesOf.get(end);
        if (lines) lines.push(line);
        else this.#linesOf.set(end, [line]);
      }
    }
  }

  #showPeople(graph: Graph, places: Places, communities: ReadonlyMap<string, number> | undefined): void {
    for (const id of this.nodes.keys()) {
      if (graph.people.has(id)) continue;
      this.nodes.delete(id);
      this.version++;
    }
    for (const person of graph.people.values()) {
      const { id } = person;
      const values = {
        label: labelOf(person),
        radius: radiusOf(graph, person),
        followers: person.stats.followersCount,
        weight: person.stats.followersCount + (isExpanded(graph, id) ? 1e9 : 0),
        kind: id === graph.middle ? ('middle' as const) : relationOf(graph, id, graph.middle),
        community: communities && (communities.get(id) ?? COMMUNITY_COLOURS),
      };
      const node = this.nodes.get(id);
      if (node) {
        this.set(node, values);
        continue;
      }
      const place = places.get(id);
      const { x, y } = place ?? this.nodes.get(graph.origins.get(id) ?? '') ?? { x: 0, y: 0 };
      const isNew = place === undefined;
      this.nodes.set(id, { id, ...values, x, y, isNew, named: undefined, ...CALM });
      this.changed.add(id);
      this.version++;
    }
  }

  #showLines(graph: Graph, kinds: LineKinds): void {
    const company = new Map<string, number>();
    for (const origin of graph.origins.values()) company.set(origin, (company.get(origin) ?? 0) + 1);
    const lines = new Map(
      linesOf(graph).flatMap((line) => ((line.mutual ? kinds.mutual : kinds.oneWay) ? [[line.id, line] as const] : [])),
    );
    for (const id of this.lines.keys()) {
      if (lines.has(id)) continue;
      this.lines.delete(id);
      this.version++;
    }
    for (const [id, line] of lines) {
      const center = centerOf(graph, line);
      const isSpoke = center !== undefined;
      const [source, target] = [this.nodes.get(line.source), this.nodes.get(line.target)];
      if (!source || !target) continue;
      const isWithin = source.community === target.community;
      const values = {
        mutual: line.mutual,
        isSpoke,
        isCrowded: isSpoke && company.get(center)! > CROWD,
        community: isWithin ? source.community : COMMUNITY_COLOURS,
      };
      const mark = this.lines.get(id);
      // A person who was removed and added again has a new node.
      if (mark && mark.source === source && mark.target === target) {
        this.set(mark, values);
        continue;
      }
      this.lines.set(id, { id, source, target, ...values, isFaded: false, isPath: false, lit: undefined, isHovered: false });
      this.changed.add(id);
      this.version++;
    }
  }

  /**
   * Sets the emphasis. If the selection moves from one person to another, only the lines and people around these two
   * change: all others stay faded.
   *
   * @param middle the person in the middle. The whole drawing is about this person, so selecting them fades no one.
   */
  emphasize({ selected, path, loading }: Emphasis, middle: string | undefined): void {
    const way = this.#wayOf(path ?? []);
    const isNear = way.size === 0 && selected !== undefined && selected !== middle && this.nodes.has(selected);
    const near = isNear ? this.#around(selected) : new Set<string>();
    const fades = (id: string) => (way.size > 0 ? !way.has(id) && id !== selected : isNear && !near.has(id));
    for (const node of this.nodes.values()) {
      const { id } = node;
      this.set(node, {
        isSelected: id === selected,
        isLoading: loading.has(id),
        isPath: way.has(id),
        isFaded: fades(id),
      });
    }
    for (const line of this.lines.values()) {
      const isLit = near.has(line.id);
      const direction = line.source.id === selected ? 'from' : 'to';
      this.set(line, {
        isFaded: fades(line.id),
        isPath: way.has(line.id),
        lit: isLit ? (line.mutual ? 'both' : direction) : undefined,
      });
    }
  }

  /** Brings out the lines of a person. */
  hover(id: string | undefined): void {
    const node = id === undefined ? undefined : this.nodes.get(id);
    for (const line of this.hovered) this.set(line, { isHovered: false });
    this.hovered = (node && this.#linesOf.get(node)) ?? [];
    for (const line of this.hovered) this.set(line, { isHovered: true });
  }

  /** Returns the people and lines of a path. */
  #wayOf(path: readonly string[]): Set<string> {
    const lines = path.slice(1).map((to, i) => {
      const line = `${path[i]!}>${to}`;
      // A mutual follow has one line, which can start at either end.
      return this.lines.has(line) ? line : `${to}>${path[i]!}`;
    });
    return new Set([...path, ...lines]);
  }

  /** Returns a person, their lines and the people at the other ends. */
  #around(id: string): Set<string> {
    const near = new Set([id]);
    for (const line of this.#linesOf.get(this.nodes.get(id)!) ?? []) near.add(line.id).add(line.source.id).add(line.target.id);
    return near;
  }
}

const CALM = { isSelected: false, isLoading: false, isPath: false, isFaded: false };

/** Returns which of two people added the other one, if any. */
function centerOf({ origins }: Graph, { source, target }: Line): string | undefined {
  if (origins.get(source) === target) return target;
  return origins.get(target) === source ? source : undefined;
}
