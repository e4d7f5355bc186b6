import type { Report } from './report';

/** The report of the last response of each tab, by the id of the tab. */
const reports = new Map<string, Report>();
const listeners = new Set<() => void>();
let current: string | undefined;

/** Sets the tab whose operations run from now on. */
export function setCurrentTab(id: string | undefined): void {
  current = id;
}

/** Begins an operation in the current tab: its last report is over. The returned function sets the new one. */
export function beginReport(): (report: Report) => void {
  const tab = current;
  change(tab, undefined);
  return (report) => change(tab, report);
}

/** Returns the report of the last response of a tab. */
export function reportIn(tab: string | undefined): Report | undefined {
  return tab === undefined ? undefined : reports.get(tab);
}

/** Calls a function after each change, until the returned function is called. */
export function onReport(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(tab: string | undefined, report: Report | undefined): void {
  if (tab === undefined) return;
  if (report) reports.set(tab, report);
  else reports.delete(tab);
  for (const listener of listeners) listener();
}
