import './drawing.css';

import { useEffect, useMemo, useRef, useState } from 'react';
import { useClient } from 'urql';

import { useLive, useShown } from '../live/context.ts';
import { RANK } from '../live/live.ts';
import { nameOf } from '../name.ts';
import { useSession } from '../session.tsx';
import { Canvas, type CanvasHandle } from './canvas.tsx';
import { Foot } from './foot.tsx';
import { hasMore, idOf, isFull } from './graph.ts';
import { Neighbourhood, NOTHING } from './neighbourhood.ts';
import { Notes } from './notes.tsx';
import { Panel } from './panel.tsx';
import { partOf } from './part.ts';
import type { Place } from './place.ts';
import { linesIn } from './plan.ts';
import { Tools } from './tools.tsx';
import { usePlan } from './use-plan.ts';
import type { Scene } from './view.ts';
import { calledIn, emptyInWords, FULL, pathInWords, relationInWords } from './words.ts';

/** The maximum number of people whose data is kept current. */
const MOST_LIVE = 100;

const NONE: readonly string[] = [];

interface DrawingProps {
  /** The username of the person in the middle. */
  username: string;
  /** Opens the page of a person. */
  visit(username: string): void;
  /** Whether it is only a picture, without controls and without a state in the address. */
  isPreview?: boolean;
}

/**
 * Draws the neighbourhood of a person: their followers, the people they follow, and the follows among these people. It
 * stays when another caller signs in. Another person gets a new drawing: the key of `User` in explorer.tsx changes.
 */
export default function Drawing({ username, visit, isPreview = false }: DrawingProps) {
  const client = useClient();
  const viewer = useSession().session?.username;
  const control = usePlan(username, !isPreview);
  const { plan, change } = control;
  const [state, setState] = useState(NOTHING);
  const [said, say] = useState('');
  const [selected, setSelected] = useState<string>();
  /** The username of the start of a path whose end is not chosen yet. */
  const [start, setStart] = useState<string>();
  const neighbourhood = useRef<Neighbourhood>(undefined);
  const canvas = useRef<CanvasHandle>(null);

  useEffect(() => {
    const made = new Neighbourhood(username, { changed: setState, said: say }, plan);
    neighbourhood.current = made;
    return () => made.close();
  }, [username]);
  useEffect(() => neighbourhood.current!.open(client, viewer), [client, viewer, username]);
  useEffect(() => neighbourhood.current!.follow(plan), [plan.expanded, plan.rank, plan.path, username]);

  const live = useLive();
  useEffect(() => live.listen((ids) => neighbourhood.current!.renew(ids)), [live]);

  const { graph, loading, path: search } = state;
  useShown(useMemo(() => (graph ? [...graph.people.keys()].slice(0, MOST_LIVE) : NONE), [graph]), RANK.drawing);
  const path = useMemo(() => (search?.status === 'FOUND' ? search.people.map(({ id }) => id) : undefined), [search]);
  const part = useMemo(() => graph && partOf(graph, plan, path), [graph, plan.hidden, plan.off, plan.until, path]);
  const scene = useSceneOf(state, part, plan);
  useEffect(() => {
    if (search) say(pathInWords(graph, search));
  }, [search?.status, search?.from, search?.to]);
  useEffect(() => {
    if (part && selected !== undefined && !part.people.has(selected)) setSelected(undefined);
  }, [part, selected]);

  function usernameOf(id: string): string {
    return graph!.people.get(id)!.username;
  }

  function expand(id: string) {
    if (!graph || loading.has(id) || neighbourhood.current!.retryOf(usernameOf(id))) return;
    if (!hasMore(graph, id)) say(emptyInWords(graph, id));
    else if (isFull(graph)) say(FULL);
    else change({ do: 'expand', username: usernameOf(id) });
  }

  function findPath(from: string, to: string) {
    setStart(undefined);
    change({ do: 'find path', from, to });
  }

  function select(id: string) {
    setSelected(id);
    neighbourhood.current!.select(id);
    if (graph) say(`${calledIn(graph, id)}: ${relationInWords(graph, id)}.`);
  }

  /** Handles a click, a choice in the list or a find: it selects the person, or ends a path if one was started. */
  function choose(id: string) {
    select(id);
    if (start !== undefined && start !== usernameOf(id)) findPath(start, usernameOf(id));
  }

  /** Selects a person at the first click, and expands them at the second. */
  function press(id: string) {
    if (id === selected && start === undefined) expand(id);
    else choose(id);
  }

  /** Handles the Enter key. */
  function proceed() {
    if (selected === undefined) return;
    if (start === undefined) expand(selected);
    else choose(selected);
  }

  function leave() {
    setSelected(undefined);
    setStart(undefined);
    say('');
  }

  function close() {
    leave();
    canvas.current?.focus();
  }

  function reveal(id: string) {
    choose(id);
    canvas.current?.reveal(id);
    canvas.current?.focus();
  }

  function undo(direction: 'undo' | 'redo') {
    change({ do: direction });
    say(direction === 'undo' ? 'The last step was undone.' : 'The step was repeated.');
  }

  function pressedKey(event: React.KeyboardEvent) {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type !== 'range';
    const key = event.key.toLowerCase();
    if (key === 'escape' && (selected !== undefined || start !== undefined)) close();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping || (key !== 'z' && key !== 'y')) return;
    event.preventDefault();
    undo(key === 'y' || event.shiftKey ? 'redo' : 'undo');
  }

  const name = graph ? nameOf(graph.people.get(graph.middle)!) : username;
  const stage = (
    <Canvas
      ref={canvas}
      scene={scene}
      selected={selected}
      path={path}
      loading={loading}
      name={name}
      hasNotes={!isPreview}
      press={press}
      drag={(id: string, to: Place) => change({ do: 'move', username: usernameOf(id), to })}
      select={select}
      proceed={proceed}
      leave={leave}
    />
  );
  if (isPreview) {
    return (
      <div className="drawing is-preview">
        <div className="drawing-window">{stage}</div>
      </div>
    );
  }
  return (
    <div className="drawing" onKeyDown={pressedKey}>
      {graph && part && (
        <Tools
          graph={graph}
          part={part}
          control={control}
          undo={undo}
          reveal={reveal}
          picture={(format) => canvas.current!.picture(format)}
          say={say}
        />
      )}
      <div className="drawing-window">
        {stage}
        <Notes
          username={username}
          state={state}
          part={part}
          control={control}
          start={start}
          select={reveal}
          findPath={findPath}
          closePath={() => {
            setStart(undefined);
            if (plan.path) change({ do: 'close path' });
          }}
          retry={() => neighbourhood.current!.retry()}
        />
        {graph && part && selected !== undefined && part.people.has(selected) && (
          <Panel
            graph={graph}
            id={selected}
            isLoading={loading.has(selected)}
            portions={plan.expanded.filter((each) => each === usernameOf(selected)).length}
            visit={visit}
            expand={expand}
            collapse={(id) => change({ do: 'collapse', username: usernameOf(id) })}
            hide={(id) => {
              close();
              change({ do: 'hide', username: usernameOf(id) });
              say(`${calledIn(graph, id)} is hidden.`);
            }}
            startPath={(id) => {
              setStart(usernameOf(id));
              say('Choose the end of the path.');
            }}
            close={close}
          />
        )}
      </div>
      {graph && part && (
        <Foot
          graph={graph}
          part={part}
          plan={plan}
          change={change}
          selected={selected}
          loading={loading}
          select={(id) => {
            choose(id);
            canvas.current?.reveal(id);
          }}
          expand={expand}
          visit={visit}
        />
      )}
      <p className="unseen" role="status">
        {said}
      </p>
    </div>
  );
}

/** Returns what is drawn. It changes only if the picture changes. */
function useSceneOf(state: typeof NOTHING, part: Scene['part'] | undefined, plan: ReturnType<typeof usePlan>['plan']) {
  const { graph, loose, round } = state;
  const { off, moved, colouring } = plan;
  return useMemo((): Scene | undefined => {
    if (!graph || !part) return undefined;
    const places = [...moved].flatMap(([username, place]) => {
      const id = idOf(graph, username);
      return id === undefined ? [] : [[id, place] as const];
    });
    return { graph, part, lines: linesIn(plan), moved: new Map(places), colouring, loose, round };
  }, [graph, part, off, moved, colouring, loose, round]);
}
