import { useEffect } from 'react';

/** Names the page in the browser's own bar. */
export function useTitle(name?: string): void {
  useEffect(() => {
    document.title = name ? `${name} · Followgraph` : 'Followgraph';
  }, [name]);
}
