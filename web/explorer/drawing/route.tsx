import { count } from '../format.ts';
import { shortNameOf } from '../name.ts';
import { PersonPicker } from '../picker.tsx';
import { idOf, type Graph } from './graph.ts';
import type { PathState } from './path-search.ts';
import { pathInWords } from './words.ts';

interface RouteProps {
  graph: Graph;
  /** The path that is searched or shown, if any. */
  path: PathState | undefined;
  /** The username of the start of a path whose end is not chosen yet. */
  start: string | undefined;
  select(id: string): void;
  findPath(from: string, to: string): void;
  close(): void;
}

/** A path of follows as a list, or the choice of its end. */
export function Route({ graph, path, start, select, findPath, close }: RouteProps) {
  return (
    <div className="drawing-note drawing-route">
      {start !== undefined ? (
        <div className="drawing-route-form">
          <PersonPicker
            label="Find path to"
            isLabelShown
            placeholder="Name or username"
            choose={({ username }) => findPath(start, username)}
          />
          <p>
            Choose the end of the path from <bdi>{nameFor(graph, start)}</bdi>, here or in the graph.
          </p>
        </div>
      ) : (
        path && <Found graph={graph} path={path} select={select} findPath={findPath} />
      )}
      <button type="button" className="drawing-close" aria-label="Close path" onClick={close}>
        ×
      </button>
    </div>
  );
}

function Found({ graph, path, select, findPath }: Pick<RouteProps, 'graph' | 'select' | 'findPath'> & { path: PathState }) {
  const { status, people, from, to } = path;
  return (
    <div className="drawing-route-form">
      {status === 'FOUND' ? (
        <ol aria-label={`Path of ${count(people.length - 1, 'follow')}`}>
          {people.map((person) => (
            <li key={person.id}>
              <button type="button" className="plain" onClick={() => select(person.id)}>
                <bdi>{shortNameOf(person)}</bdi>
              </button>
            </li>
          ))}
        </ol>
      ) : (
        <p>{pathInWords(graph, path)}</p>
      )}
      {status !== 'LOADING' && from !== to && (
        <button type="button" className="plain" onClick={() => findPath(to, from)}>
          Other direction
        </button>
      )}
    </div>
  );
}

function nameFor(graph: Graph, username: string): string {
  const id = idOf(graph, username);
  return id === undefined ? username : shortNameOf(graph.people.get(id)!);
}
