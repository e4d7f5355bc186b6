import { Fault } from '../fault.tsx';
import { count, digits } from '../format.ts';
import { idOf, isFull, type Graph } from './graph.ts';
import { MOST_FOLLOWS } from './joins.ts';
import type { State } from './neighbourhood.ts';
import { Route } from './route.tsx';
import type { usePlan } from './use-plan.ts';
import { emptyInWords, FULL, peopleInWords, totalsInWords, unknownInWords } from './words.ts';

interface NotesProps {
  username: string;
  state: State;
  part: Graph | undefined;
  control: ReturnType<typeof usePlan>;
  /** The username of the start of a path whose end is not chosen yet. */
  start: string | undefined;
  select(id: string): void;
  findPath(from: string, to: string): void;
  closePath(): void;
  retry(): void;
}

/** What is drawn of what, and messages about it. */
export function Notes(props: NotesProps) {
  const { username, state, part, control, start, select, findPath, closePath, retry } = props;
  const { graph, fault, path, loading } = state;
  const { plan, change, isShareable } = control;
  const isAlone = graph?.people.size === 1 && loading.size === 0 && !fault;
  const left = graph && part ? graph.people.size - part.people.size : 0;
  const hidden = graph ? plan.hidden.filter((each) => idOf(graph, each) !== undefined).length : 0;
  const missing = part ? [...state.missing].filter((id) => part.people.has(id)).length : 0;
  return (
    <>
      <div className="drawing-notes">
        {graph && part && (
          <p className="drawing-note">
            {peopleInWords(part)}.<span className="drawing-note-more"> {totalsInWords(graph, graph.middle)}</span>
            {left > 0 && ` ${count(left, 'person is', 'people are')} hidden or filtered out.`}
            {hidden > 0 && (
              <>
                {' '}
                <button type="button" className="plain" onClick={() => change({ do: 'show all' })}>
                  Show {count(hidden, 'hidden person', 'hidden people')}
                </button>
              </>
            )}
          </p>
        )}
        {graph && (path || start !== undefined) && (
          <Route graph={graph} path={path} start={start} select={select} findPath={findPath} close={closePath} />
        )}
        {graph && state.unknown.length > 0 && <p className="drawing-note">{unknownInWords(state.unknown)}</p>}
        {missing > 0 && (
          <p className="drawing-note">
            Lines from {count(missing, 'person', 'people')} can be missing: the limit is {digits(MOST_FOLLOWS)} lines.
          </p>
        )}
        {graph && isFull(graph) && <p className="drawing-note">{FULL}</p>}
        {!isShareable && (
          <p className="drawing-note">
            A link to this graph would be too long and contains only a part of it. Reloading and going back restore all.
          </p>
        )}
        {fault && <Fault error={fault} retry={retry} />}
      </div>
      {!graph && !fault && !state.isMissing && (
        <p className="drawing-waiting">
          <bdi>{username}</bdi>
        </p>
      )}
      {state.isMissing && <p className="drawing-empty">User not found.</p>}
      {isAlone && graph && <p className="drawing-empty">{emptyInWords(graph, graph.middle)}</p>}
    </>
  );
}
