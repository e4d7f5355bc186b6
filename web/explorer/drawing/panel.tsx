import type { PersonFragment } from '../__generated__/graphql.ts';
import { Follow } from '../follow.tsx';
import { count } from '../format.ts';
import { nameOf } from '../name.ts';
import { hasMore, isExpanded, isFull, type Graph, type Person } from './graph.ts';
import { countsInWords, relationInWords } from './words.ts';

/** Longer names have a smaller font. */
const LONG = 60;

interface PanelProps {
  graph: Graph;
  id: string;
  isLoading: boolean;
  /** The number of portions of the person's lists that were added by the user. */
  portions: number;
  visit(username: string): void;
  expand(id: string): void;
  collapse(id: string): void;
  hide(id: string): void;
  /** Starts a path at this person. The user chooses its end. */
  startPath(id: string): void;
  close(): void;
}

/** The selected person, with actions. */
export function Panel({ graph, id, isLoading, portions, visit, expand, collapse, hide, startPath, close }: PanelProps) {
  const person = graph.people.get(id);
  if (!person) return null;
  const name = nameOf(person);
  const isMiddle = id === graph.middle;
  return (
    <section className="drawing-panel" aria-labelledby="drawing-selected">
      <button type="button" className="drawing-close" aria-label="Close" onClick={close}>
        ×
      </button>
      <h2 id="drawing-selected" dir="auto" className={name.length > LONG ? 'is-long' : undefined}>
        {name}
      </h2>
      <p className="drawing-quiet">
        <bdi>@{person.username}</bdi>
        {person.isViewer && <span className="badge">You</span>} · {isMiddle ? countsInWords(graph, id) : relationInWords(graph, id)}
      </p>
      {!isMiddle && (
        <p className="drawing-quiet">{isExpanded(graph, id) ? countsInWords(graph, id) : totalsOf(graph, id)}</p>
      )}
      <div className="drawing-actions">
        {hasMore(graph, id) && (
          <button
            type="button"
            className="primary"
            aria-disabled={isLoading || isFull(graph)}
            onClick={() => !isLoading && expand(id)}
          >
            {isLoading ? 'Loading…' : isExpanded(graph, id) ? 'Show more connections' : 'Show their connections'}
          </button>
        )}
        {isKnown(person) && <Follow person={person} />}
        {!isMiddle && (
          <button type="button" onClick={() => visit(person.username)}>
            Open
          </button>
        )}
        <button type="button" onClick={() => startPath(id)}>
          Find path to…
        </button>
        {portions > 0 && (
          <button type="button" onClick={() => collapse(id)}>
            Collapse
          </button>
        )}
        {!isMiddle && (
          <button type="button" onClick={() => hide(id)}>
            Hide
          </button>
        )}
      </div>
    </section>
  );
}

/** Reports whether the fields that depend on the viewer are loaded. */
function isKnown(person: Person): person is PersonFragment {
  return person.isViewer !== undefined;
}

function totalsOf(graph: Graph, id: string): string {
  const { followersCount, followingsCount } = graph.people.get(id)!.stats;
  return `${count(followersCount, 'follower')}, follows ${count(followingsCount, 'person', 'people')}`;
}
