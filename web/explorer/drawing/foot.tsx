import { nameOf } from '../name.ts';
import type { Graph } from './graph.ts';
import type { HistoryAction } from './history.ts';
import { Legend } from './legend.tsx';
import { List } from './list.tsx';
import type { Plan } from './plan.ts';
import { Timeline } from './timeline.tsx';

interface FootProps {
  graph: Graph;
  part: Graph;
  plan: Plan;
  change(action: HistoryAction): void;
  selected: string | undefined;
  loading: ReadonlySet<string>;
  select(id: string): void;
  expand(id: string): void;
  visit(username: string): void;
}

/** The legend, the days and the list of people, below the drawing. */
export function Foot({ graph, part, plan, change, ...rest }: FootProps) {
  return (
    <footer className="drawing-foot">
      <Legend
        name={nameOf(graph.people.get(graph.middle)!)}
        off={plan.off}
        colouring={plan.colouring}
        toggle={(kind, isOn) => change({ do: 'switch', kind, isOn })}
        colour={(colouring) => change({ do: 'colour', colouring })}
      />
      <Timeline graph={graph} until={plan.until} change={(day) => change({ do: 'until', day })} />
      <List graph={graph} part={part} {...rest} />
    </footer>
  );
}
