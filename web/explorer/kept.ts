/** Whether the page was reloaded or reached with back or forward, not opened. */
const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
const isAgain = entry !== undefined && entry.type !== 'navigate';

/** Values by name, stored while the tab is open. A reloaded page finds them again. */
export function kept<Value = number>(name: string): Map<string, Value> {
  const key = `followgraph:${name}`;
  let before: [string, Value][] = [];
  try {
    if (isAgain) before = JSON.parse(sessionStorage.getItem(key) ?? '[]') as [string, Value][];
  } catch {
    // Storage is disabled, or another page of this host wrote the value.
  }
  const values = new Map(Array.isArray(before) ? before : []);
  addEventListener('pagehide', () => {
    try {
      sessionStorage.setItem(key, JSON.stringify([...values]));
    } catch {
      // Storage is disabled.
    }
  });
  return values;
}

/** Calls a function when the page is left, before the values are stored. The result stops that. */
export function beforeLeaving(note: () => void): () => void {
  addEventListener('pagehide', note, { capture: true }); // at the window, capturing listeners come first
  return () => removeEventListener('pagehide', note, { capture: true });
}
