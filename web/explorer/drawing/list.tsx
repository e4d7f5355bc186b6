import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';

import { count, digits } from '../format.ts';
import { nameOf } from '../name.ts';
import { hasMore, isExpanded, isFull, type Graph } from './graph.ts';
import { relationInWords } from './words.ts';

/** The number of rows above and below the visible ones. A short list is complete, so that the browser finds text. */
const OVERSCAN = 120;

/** The usual height of a row in CSS pixels, until it is measured. */
const ROW = 52;

interface ListProps {
  graph: Graph;
  part: Graph;
  selected: string | undefined;
  loading: ReadonlySet<string>;
  select(id: string): void;
  expand(id: string): void;
  visit(username: string): void;
}

/** All drawn people as a list: an accessible alternative to the drawing, and an index. */
export function List(props: ListProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="drawing-people" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>People shown ({digits(props.part.people.size)})</summary>
      {isOpen && <Rows {...props} />}
    </details>
  );
}

/** The rows near the visible part of the list. */
function Rows(props: ListProps) {
  const { part } = props;
  const people = useMemo(() => [...part.people.keys()], [part]);
  const scroll = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: people.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: OVERSCAN,
    getItemKey: (index) => people[index]!,
    initialRect: { width: 0, height: 10 * ROW },
  });
  return (
    <div ref={scroll} className="drawing-people-scroll" tabIndex={-1}>
      <ul aria-label="People shown" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => (
          <li
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            aria-setsize={people.length}
            aria-posinset={index + 1}
            aria-current={people[index] === props.selected || undefined}
            style={{ transform: `translateY(${start}px)` }}
          >
            <Row {...props} id={people[index]!} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Row({ graph, id, selected, loading, select, expand, visit }: ListProps & { id: string }) {
  const person = graph.people.get(id)!;
  const name = nameOf(person);
  return (
    <>
      <button type="button" className="drawing-person plain" aria-pressed={id === selected} onClick={() => select(id)}>
        <bdi>{name}</bdi>
      </button>
      <span className="drawing-quiet">
        {person.isViewer && (
          <>
            <span className="badge">You</span>{' '}
          </>
        )}
        {relationInWords(graph, id)} · {count(person.stats.followersCount, 'follower')}
      </span>
      <span className="drawing-actions">
        {hasMore(graph, id) && (
          <button
            type="button"
            aria-label={`${isExpanded(graph, id) ? 'Show more connections' : 'Show connections'} of ${name}`}
            disabled={loading.has(id) || isFull(graph)}
            onClick={() => expand(id)}
          >
            {isExpanded(graph, id) ? 'More' : 'Show'}
          </button>
        )}
        {id !== graph.middle && (
          <button type="button" aria-label={`Open ${name}`} onClick={() => visit(person.username)}>
            Open
          </button>
        )}
      </span>
    </>
  );
}
