import 'graphiql/setup-workers/vite';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Playground } from './playground';

createRoot(document.getElementById('playground')!).render(
  <StrictMode>
    <Playground />
  </StrictMode>,
);
