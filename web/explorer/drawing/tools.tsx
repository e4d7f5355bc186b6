import { ExportMenu } from './export-menu.tsx';
import { Finder } from './finder.tsx';
import type { Graph } from './graph.ts';
import type { Rank } from './plan.ts';
import type { usePlan } from './use-plan.ts';
import type { PictureFormat } from './view.ts';

interface ToolsProps {
  graph: Graph;
  part: Graph;
  control: ReturnType<typeof usePlan>;
  undo(direction: 'undo' | 'redo'): void;
  reveal(id: string): void;
  picture(format: PictureFormat): Promise<Blob>;
  say(sentence: string): void;
}

const RANKS: [Rank, string][] = [
  ['top', 'Most followed'],
  ['newest', 'Newest'],
];

/** The tools above the drawing. */
export function Tools({ graph, part, control, undo, reveal, picture, say }: ToolsProps) {
  const { plan, change, past, future } = control;
  return (
    <div className="drawing-tools" role="group" aria-label="Graph tools">
      <Finder part={part} reveal={reveal} />
      <button type="button" disabled={past.length === 0} aria-keyshortcuts="Control+Z" onClick={() => undo('undo')}>
        Undo
      </button>
      {future.length > 0 && (
        <button type="button" aria-keyshortcuts="Control+Y" onClick={() => undo('redo')}>
          Redo
        </button>
      )}
      <ExportMenu graph={graph} part={part} plan={plan} picture={picture} say={say} />
      <div className="drawing-switch" role="group" aria-label="People to show first">
        {RANKS.map(([rank, label]) => (
          <button key={rank} type="button" aria-pressed={plan.rank === rank} onClick={() => change({ do: 'rank', rank })}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
