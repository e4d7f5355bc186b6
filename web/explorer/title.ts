import { useEffect } from 'react';

/** Sets the title of the page. */
export function useTitle(name?: string): void {
  useEffect(() => {
    document.title = name ? `${name} · Followgraph` : 'Followgraph';
  }, [name]);
}
