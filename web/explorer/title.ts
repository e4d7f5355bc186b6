import { useEffect } from 'react';

import { isolated } from './name.ts';

/** Letters from right to left, and controls of direction. They would affect the rest of the title. */
const TURNS = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Bidi_Control}]/u;

/** Sets the title of the page. */
export function useTitle(name?: string): void {
  useEffect(() => {
    document.title = name ? `${TURNS.test(name) ? isolated(name) : name} · Followgraph` : 'Followgraph';
  }, [name]);
}
