import { useEffect, useSyncExternalStore } from 'react';

let text = '';
const listeners = new Set<() => void>();

/** How long a notice is shown, in milliseconds. */
const SHOWN = 6_000;

/** Shows a short notice, for what a button did. */
export function notify(next: string): void {
  text = next;
  for (const listener of listeners) listener();
}

/** The place of notices. Screen readers read them. */
export function Notice() {
  const shown = useSyncExternalStore(subscribe, () => text);
  useEffect(() => {
    if (shown === '') return;
    const timer = setTimeout(() => notify(''), SHOWN);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div role="status" className="notice">
      {shown && <p>{shown}</p>}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
