import { lazy, Suspense, type ComponentType } from 'react';

import { Boundary } from './boundary.tsx';

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
        <Suspense fallback={<p className="loading" role="status">Loading…</p>}>
          <Loaded {...props} />
        </Suspense>
      </Boundary>
    );
  };
}
