import './explorer.css';
import './pages.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Explorer } from './explorer.tsx';
import { SessionProvider } from './session.tsx';

createRoot(document.getElementById('explorer')!).render(
  <StrictMode>
    <SessionProvider>
      <Explorer />
    </SessionProvider>
  </StrictMode>,
);
