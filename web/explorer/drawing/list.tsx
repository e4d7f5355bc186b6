import { useState } from 'react';

import { count, digits } from '../format.ts';
import { nameOf } from '../name.ts';
import { hasMore, isExpanded, type Graph } from './graph.ts';
import { relationInWords } from './words.ts';

/** The number of people that the list shows at first and adds at each step. */
const STEP = 100;

interface ListProps {
  graph: Graph;
  selected: string | undefined;
  loading: ReadonlySet<string>;
  isFull: boolean;
  select(id: string): void;
  expand(id: string): void;
  visit(username: string): void;
}

/** All drawn people as a list: an accessible alternative to the drawing, and an index. */
export function List(props: ListProps) {
  const { graph } = props;
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useState(STEP);
  const people = [...graph.people.keys()];
  return (
    <details className="drawing-people" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>People shown ({digits(people.length)})</summary>
      {isOpen && (
        <div className="drawing-people-scroll" tabIndex={-1}>
          <ul aria-label="People shown">
            {people.slice(0, shown).map((id) => (
              <Row key={id} {...props} id={id} />
            ))}
          </ul>
          {people.length > shown && (
            <button type="button" onClick={() => setShown(shown + STEP)}>
              Show {count(Math.min(STEP, people.length - shown), 'more person').replace('persons', 'people')}
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function Row({ graph, id, selected, loading, isFull, select, expand, visit }: ListProps & { id: string }) {
  const person = graph.people.get(id)!;
  const name = nameOf(person);
  return (
    <li aria-current={id === selected || undefined}>
      <button type="button" className="drawing-person plain" aria-pressed={id === selected} onClick={() => select(id)}>
        <bdi>{name}</bdi>
      </button>
      <span className="drawing-quiet">
        {relationInWords(graph, id)} · {count(person.stats.followersCount, 'follower')}
      </span>
      <span className="drawing-actions">
        {hasMore(graph, id) && (
          <button
            type="button"
            aria-label={`${isExpanded(graph, id) ? 'More of' : 'Expand'} ${name}`}
            disabled={loading.has(id) || isFull}
            onClick={() => expand(id)}
          >
            {isExpanded(graph, id) ? 'More' : 'Expand'}
          </button>
        )}
        {id !== graph.middle && (
          <button type="button" aria-label={`Open ${name}`} onClick={() => visit(person.username)}>
            Open
          </button>
        )}
      </span>
    </li>
  );
}
