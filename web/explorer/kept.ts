/** Whether this page was loaded anew or come back to, and not opened. */
const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
const isAgain = entry !== undefined && entry.type !== 'navigate';

/** Numbers by names, kept for as long as the tab is open: a page that is loaded anew finds them as they were. */
export function kept(name: string): Map<string, number> {
  const key = `followgraph:${name}`;
  let before: [string, number][] = [];
  try {
    if (isAgain) before = JSON.parse(sessionStorage.getItem(key) ?? '[]') as [string, number][];
  } catch {
    // Storage that is switched off, or that another page of this host wrote.
  }
  const numbers = new Map(Array.isArray(before) ? before : []);
  addEventListener('pagehide', () => {
    try {
      sessionStorage.setItem(key, JSON.stringify([...numbers]));
    } catch {
      // Without storage there is nothing to find.
    }
  });
  return numbers;
}
