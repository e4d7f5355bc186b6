/** Whether the page was reloaded or reached with back or forward, not opened. */
const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
const isAgain = entry !== undefined && entry.type !== 'navigate';

/** Numbers by name, stored while the tab is open. A reloaded page finds them again. */
export function kept(name: string): Map<string, number> {
  const key = `followgraph:${name}`;
  let before: [string, number][] = [];
  try {
    if (isAgain) before = JSON.parse(sessionStorage.getItem(key) ?? '[]') as [string, number][];
  } catch {
    // Storage is disabled, or another page of this host wrote the value.
  }
  const numbers = new Map(Array.isArray(before) ? before : []);
  addEventListener('pagehide', () => {
    try {
      sessionStorage.setItem(key, JSON.stringify([...numbers]));
    } catch {
      // Storage is disabled.
    }
  });
  return numbers;
}

/** Calls a function when the page is left, before the numbers are stored. */
export function beforeLeaving(note: () => void): void {
  addEventListener('pagehide', note, { capture: true }); // at the window, capturing listeners come first
}
