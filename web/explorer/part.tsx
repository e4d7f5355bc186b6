import { lazy, Suspense, useSyncExternalStore, type ComponentType } from 'react';

import { Boundary } from './boundary.tsx';
import { WAITS } from './fault.tsx';

/**
 * Returns a component whose code is loaded when it is first shown. If the network is down, the code is loaded when it is
 * back.
 *
 * @param what the name of the component at the start of a sentence, for messages
 */
export function part<Props extends object>(what: string, load: () => Promise<{ default: ComponentType<Props> }>) {
  const Loaded = lazy(() =>
    load().catch(async (error) => {
      if (navigator.onLine) throw error;
      await new Promise((resolve) => addEventListener('online', resolve, { once: true }));
      return load();
    }),
  ) as unknown as ComponentType<Props>;
  return function Part(props: Props) {
    return (
      <Boundary what={what}>
        <Suspense fallback={<Loading />}>
          <Loaded {...props} />
        </Suspense>
      </Boundary>
    );
  };
}

/** What is shown until the code has loaded. */
function Loading() {
  const isOnline = useSyncExternalStore(onNetwork, () => navigator.onLine);
  return (
    <p className="loading" role="status">
      {isOnline ? 'Loading…' : `You are offline. ${WAITS}`}
    </p>
  );
}

function onNetwork(changed: () => void): () => void {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
}
