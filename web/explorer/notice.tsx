import { useSyncExternalStore } from 'react';

let text = '';
const listeners = new Set<() => void>();

/** Shows a message until it is closed, replaced, or the address changes. Screen readers announce it. */
export function tell(message: string): void {
  text = message;
  for (const listener of listeners) listener();
}

for (const event of ['pushState', 'popstate']) addEventListener(event, () => tell(''));

/** The place of the messages of `tell`. */
export function Notice() {
  const message = useSyncExternalStore(subscribe, () => text);
  return (
    <div className="notice" role="status">
      {message && (
        <>
          <p>{message}</p>
          <button type="button" className="plain" aria-label="Close the message" onClick={() => tell('')}>
            ×
          </button>
        </>
      )}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
