import { nameOf } from '../name.ts';
import { count } from '../format.ts';
import type { Graph } from './graph.ts';
import { pathInWords } from './words.ts';

/** The two people whom a path shall connect; the second one may still have to be chosen. */
export interface Ends {
  from: string;
  to?: string;
}

interface RouteProps {
  graph: Graph;
  ends: Ends;
  path: readonly string[] | undefined;
  select(id: string): void;
  close(): void;
}

/** A path of follows in words. */
export function Route({ graph, ends: { from, to }, path, select, close }: RouteProps) {
  return (
    <div className="drawing-note drawing-route">
      {to === undefined ? (
        <p>
          Choose whom the path from <bdi>{nameOf(graph.people.get(from)!)}</bdi> shall lead to.
        </p>
      ) : path ? (
        <ol aria-label={`Path of ${count(path.length - 1, 'follow')}`}>
          {path.map((id) => (
            <li key={id}>
              <button type="button" className="plain" onClick={() => select(id)}>
                <bdi>{nameOf(graph.people.get(id)!)}</bdi>
              </button>
            </li>
          ))}
        </ol>
      ) : (
        <p>{pathInWords(graph, from, to, undefined)}</p>
      )}
      <button type="button" className="drawing-close" aria-label="End the path" onClick={close}>
        ×
      </button>
    </div>
  );
}
