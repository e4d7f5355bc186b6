/** One line with the numbers of the graph. */
export function Totals() {
  return null;
}
