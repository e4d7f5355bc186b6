import type { Direction } from './compass.ts';
import type { Emphasis } from './emphasis.ts';
import type { Graph } from './graph.ts';
import type { LineKinds } from './marks.ts';
import type { Place, Places } from './place.ts';

/** What the colours of people mean: the relation to the person in the middle, or the community. */
export type Colouring = 'relation' | 'community';

/** What is drawn. */
export interface Scene {
  /** All loaded people. They alone decide the places. */
  graph: Graph;
  /** The part of the graph that is drawn: without hidden people, and as of the chosen day. */
  part: Graph;
  /** The kinds of lines that are drawn. */
  lines: LineKinds;
  /** The places where the user put people, by global id. These people stay there, and no others move for them. */
  moved: Places;
  colouring: Colouring;
  /** The people who can still move when the layout runs: those added since all follows were last known. */
  loose: ReadonlySet<string>;
  /** Increases when the layout must run. */
  round: number;
}

/** The format of an exported picture. */
export type PictureFormat = 'png' | 'svg';

export interface ViewEvents {
  /** A click or tap on a person's node, or on the background. */
  tapped(id: string | undefined): void;
  /** The pointer entered a person's node, or left it. */
  hovered(id: string | undefined): void;
  /** The user dragged a person to another place. The caller adds the place to `moved`. */
  dragged(id: string, place: Place): void;
}

/** A graph that is painted inside an element. */
export interface View {
  /** Shows a newer scene. The caller must set the emphasis again, because names depend on it. */
  show(scene: Scene): void;
  emphasize(emphasis: Emphasis): void;
  /** Returns the next person from a person in a direction. Without a person, returns the person in the middle. */
  next(direction: Direction, from: string | undefined): string | undefined;
  /** Makes a person visible if they are outside the window or covered. */
  reveal(id: string): void;
  /** Zooms around the middle of the window. */
  zoom(factor: number): void;
  /** Shows all people. */
  fit(): void;
  /** Returns the position of a person's node in CSS pixels from the corner of the element. */
  spotOf(id: string): (Place & { radius: number }) | undefined;
  /** Returns the place of a person in the drawing. */
  placeOf(id: string): Place | undefined;
  /** Returns a picture of the whole part with a background: a PNG of the double size, or an SVG with texts. */
  picture(format: PictureFormat): Promise<Blob>;
  destroy(): void;
}
