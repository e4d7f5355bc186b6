/** A point of the drawing. The person in the middle starts at 0, 0. */
export interface Place {
  x: number;
  y: number;
}

/** The places of people, by global id. */
export type Places = ReadonlyMap<string, Place>;
