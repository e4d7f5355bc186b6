import './drawing.css';

import { useEffect, useMemo, useRef, useState } from 'react';
import { useClient } from 'urql';

import { Fault } from '../fault.tsx';
import { useLive, useShown } from '../live/context.ts';
import { RANK } from '../live/live.ts';
import { nameOf } from '../name.ts';
import { useSession } from '../session.tsx';
import { Canvas, type CanvasHandle } from './canvas.tsx';
import { isExpanded, isFull } from './graph.ts';
import { Legend } from './legend.tsx';
import { List } from './list.tsx';
import { Neighbourhood, NOTHING, type Sizes } from './neighbourhood.ts';
import { Panel } from './panel.tsx';
import { pathOf } from './path.ts';
import type { Places } from './place.ts';
import { Route, type Ends } from './route.tsx';
import type { Scene } from './view.ts';
import { calledIn, countsInWords, FULL, emptyInWords, pathInWords, relationInWords } from './words.ts';

/** The window of a phone has room for fewer people. */
const NARROW = '(max-width: 40rem)';
const SIZES: Record<'narrow' | 'wide', Sizes> = { narrow: { middle: 14, other: 8 }, wide: { middle: 36, other: 20 } };

const NONE: readonly string[] = [];

interface DrawingProps {
  /** The username of the person in the middle. */
  username: string;
  /** Opens the page of a person. */
  visit(username: string): void;
}

/**
 * Draws the neighbourhood of a person: their followers, the people they follow, and the follows among these people. It
 * stays when another caller signs in. Another person gets a new drawing: the key of `User` in explorer.tsx changes.
 */
export default function Drawing({ username, visit }: DrawingProps) {
  const client = useClient();
  const viewer = useSession().session?.username;
  const [state, setState] = useState(NOTHING);
  const [said, say] = useState('');
  const [selected, setSelected] = useState<string>();
  const [ends, setEnds] = useState<Ends>();
  const neighbourhood = useRef<Neighbourhood>(undefined);
  const canvas = useRef<CanvasHandle>(null);

  useEffect(() => {
    const sizes = SIZES[matchMedia(NARROW).matches ? 'narrow' : 'wide'];
    const made = new Neighbourhood(username, sizes, { changed: setState, said: say });
    neighbourhood.current = made;
    return () => made.close();
  }, [username]);
  useEffect(() => neighbourhood.current!.open(client, viewer), [client, viewer, username]);

  const live = useLive();
  useEffect(() => live.listen((ids) => neighbourhood.current!.renew(ids)), [live]);

  const { graph, loading, fault } = state;
  useShown(graph ? [...graph.people.keys()] : NONE, RANK.drawing);
  const path = useMemo(
    () => (graph && ends?.to !== undefined ? pathOf(graph, ends.from, ends.to) : undefined),
    [graph, ends],
  );
  const [moved, setMoved] = useState<Places>(new Map());
  const scene = useMemo(
    (): Scene | undefined =>
      graph && {
        graph,
        part: graph,
        lines: { oneWay: true, mutual: true },
        moved,
        colouring: 'relation',
        loose: state.loose,
        round: state.round,
      },
    [graph, moved, state.loose, state.round],
  );
  const noRoom = graph !== undefined && isFull(graph);
  const isAlone = graph?.people.size === 1 && loading.size === 0 && !fault;

  function expand(id: string) {
    neighbourhood.current!.expand(id);
  }

  function lead(from: string, to: string) {
    setEnds({ from, to });
    if (graph) say(pathInWords(graph, from, to, pathOf(graph, from, to)));
  }

  function select(id: string) {
    setSelected(id);
    if (graph) say(`${calledIn(graph, id)}: ${relationInWords(graph, id)}.`);
  }

  /** Handles a click or a choice in the list: it completes a path if one was started, and selects the person. */
  function choose(id: string) {
    select(id);
    if (ends && ends.to === undefined && ends.from !== id) lead(ends.from, id);
  }

  function press(id: string) {
    const isEnd = ends && ends.to === undefined;
    choose(id);
    if (!isEnd && graph && !isExpanded(graph, id)) expand(id);
  }

  /** Handles the Enter key. */
  function proceed() {
    if (selected === undefined) return;
    if (ends && ends.to === undefined) choose(selected);
    else expand(selected);
  }

  function leave() {
    setSelected(undefined);
    setEnds(undefined);
    say('');
  }

  function close() {
    leave();
    canvas.current?.focus();
  }

  const name = graph ? nameOf(graph.people.get(graph.middle)!) : username;
  return (
    <div className="drawing">
      <div className="drawing-window" onKeyDown={(event) => event.key === 'Escape' && selected !== undefined && close()}>
        <Canvas
          ref={canvas}
          scene={scene}
          loading={loading}
          selected={selected}
          path={path}
          name={name}
          press={press}
          drag={(id, place) => setMoved(new Map(moved).set(id, place))}
          select={select}
          proceed={proceed}
          leave={leave}
        />
        <div className="drawing-notes">
          {graph && <p className="drawing-note">{countsInWords(graph, graph.middle)}</p>}
          {graph && ends && <Route graph={graph} ends={ends} path={path} select={choose} close={() => setEnds(undefined)} />}
          {noRoom && <p className="drawing-note">{FULL}</p>}
          {fault && <Fault error={fault} retry={() => neighbourhood.current!.retry()} />}
        </div>
        {!graph && !fault && !state.isMissing && (
          <p className="drawing-waiting">
            <bdi>{username}</bdi>
          </p>
        )}
        {state.isMissing && <p className="drawing-empty">There is no user with this name.</p>}
        {isAlone && graph && <p className="drawing-empty">{emptyInWords(graph, graph.middle)}</p>}
        {graph && selected !== undefined && (
          <Panel
            graph={graph}
            id={selected}
            isLoading={loading.has(selected)}
            isFull={noRoom}
            visit={visit}
            expand={expand}
            pathTo={(id) => lead(graph.middle, id)}
            pathFrom={(id) => {
              setEnds({ from: id });
              say('Choose the end of the path.');
              canvas.current?.focus();
            }}
            close={close}
          />
        )}
      </div>
      <footer className="drawing-foot">
        <Legend name={name} />
        {graph && (
          <List
            graph={graph}
            selected={selected}
            loading={loading}
            isFull={noRoom}
            select={choose}
            expand={expand}
            visit={visit}
          />
        )}
      </footer>
      <p className="unseen" role="status">
        {said}
      </p>
    </div>
  );
}
