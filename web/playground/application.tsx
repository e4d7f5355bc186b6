import 'graphiql/setup-workers/vite';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Playground } from './playground';

/** Puts the playground in place of what an element holds. */
export function start(place: HTMLElement): void {
  createRoot(place).render(
    <StrictMode>
      <Playground />
    </StrictMode>,
  );
}
