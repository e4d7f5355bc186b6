import { digits } from '../format.ts';
import { nameOf } from '../name.ts';
import { hasMore, isExpanded, type Graph } from './graph.ts';
import { countsInWords, relationInWords } from './words.ts';

/** Names with more characters are written smaller. */
const LONG = 60;

interface PanelProps {
  graph: Graph;
  id: string;
  isLoading: boolean;
  isFull: boolean;
  visit(username: string): void;
  expand(id: string): void;
  /** Shows the path from the middle to this one. */
  pathTo(id: string): void;
  /** Lets the reader choose where a path from this one shall lead. */
  pathFrom(id: string): void;
  close(): void;
}

/** Whoever is selected, and what can be done about them. */
export function Panel({ graph, id, isLoading, isFull, visit, expand, pathTo, pathFrom, close }: PanelProps) {
  const person = graph.people.get(id);
  if (!person) return null;
  const name = nameOf(person);
  const isMiddle = id === graph.middle;
  return (
    <section className="drawing-panel" aria-labelledby="drawing-selected">
      <button type="button" className="drawing-close" aria-label="Unselect" onClick={close}>
        ×
      </button>
      <h2 id="drawing-selected" dir="auto" className={name.length > LONG ? 'is-long' : undefined}>
        {name}
      </h2>
      <p className="drawing-quiet">
        <bdi>@{person.username}</bdi> · {isMiddle ? countsInWords(graph, id) : relationInWords(graph, id)}
      </p>
      {!isMiddle && (
        <p className="drawing-quiet">
          {isExpanded(graph, id) ? countsInWords(graph, id) : totalsOf(graph, id)}
        </p>
      )}
      <div className="drawing-actions">
        {hasMore(graph, id) && (
          <button type="button" className="primary" disabled={isLoading || isFull} onClick={() => expand(id)}>
            {isLoading ? 'Loading…' : isExpanded(graph, id) ? 'More' : 'Expand'}
          </button>
        )}
        {!isMiddle && (
          <button type="button" onClick={() => visit(person.username)}>
            Open
          </button>
        )}
        {!isMiddle && (
          <button type="button" onClick={() => pathTo(id)}>
            Path to here
          </button>
        )}
        <button type="button" onClick={() => pathFrom(id)}>
          Path from here…
        </button>
      </div>
    </section>
  );
}

function totalsOf(graph: Graph, id: string): string {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  return `${digits(followersCount)} ${followersCount === 1 ? 'follower' : 'followers'}, ${digits(followingsCount)} followed`;
}
