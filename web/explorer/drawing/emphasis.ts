/** The people and lines that are emphasized. */
export interface Emphasis {
  selected: string | undefined;
  /** The people of the path in order, if a path is shown. */
  path: readonly string[] | undefined;
  loading: ReadonlySet<string>;
}
