import 'graphiql/setup-workers/vite';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Playground, type Beginning } from './playground';

/** Renders the playground into an element. */
export function start(place: HTMLElement, beginning: Beginning): void {
  createRoot(place).render(
    <StrictMode>
      <Playground {...beginning} />
    </StrictMode>,
  );
}
