/** An icon of the toolbar or the side bar: strokes in a square of 16 by 16. */
export function Icon({ path }: { path: string }) {
  return (
    <svg className="graphiql-toolbar-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}
