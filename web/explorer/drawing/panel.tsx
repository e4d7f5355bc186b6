import { digits } from '../format.ts';
import { nameOf } from '../name.ts';
import { hasMore, isExpanded, type Graph } from './graph.ts';
import { countsInWords, relationInWords } from './words.ts';

/** Longer names have a smaller font. */
const LONG = 60;

interface PanelProps {
  graph: Graph;
  id: string;
  isLoading: boolean;
  isFull: boolean;
  visit(username: string): void;
  expand(id: string): void;
  /** Shows the path from the middle to this person. */
  pathTo(id: string): void;
  /** Starts a path at this person. The user chooses its end. */
  pathFrom(id: string): void;
  close(): void;
}

/** The selected person, with actions. */
export function Panel({ graph, id, isLoading, isFull, visit, expand, pathTo, pathFrom, close }: PanelProps) {
  const person = graph.people.get(id);
  if (!person) return null;
  const name = nameOf(person);
  const isMiddle = id === graph.middle;
  return (
    <section className="drawing-panel" aria-labelledby="drawing-selected">
      <button type="button" className="drawing-close" aria-label="Clear selection" onClick={close}>
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
