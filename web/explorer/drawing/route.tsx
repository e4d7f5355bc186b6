import { nameOf } from '../name.ts';
import { count } from '../format.ts';
import type { Graph } from './graph.ts';
import { pathInWords } from './words.ts';

/** The two ends of a path. The second end is undefined until the user chooses it. */
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

/** A path of follows as a list. */
export function Route({ graph, ends: { from, to }, path, select, close }: RouteProps) {
  return (
    <div className="drawing-note drawing-route">
      {to === undefined ? (
        <p>
          Choose the end of the path from <bdi>{nameOf(graph.people.get(from)!)}</bdi>.
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
      <button type="button" className="drawing-close" aria-label="Close path" onClick={close}>
        ×
      </button>
    </div>
  );
}
