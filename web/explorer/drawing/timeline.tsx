import { useMemo } from 'react';

import { count, since } from '../format.ts';
import type { Graph } from './graph.ts';
import { daysOf } from './part.ts';

interface TimelineProps {
  graph: Graph;
  /** The last day of the follows that are shown. */
  until: string | undefined;
  change(day: string | undefined): void;
}

/**
 * A slider over the days of the follows. It shows the graph as it was on a day. Each step is a day with follows: the
 * years between two of them take no room.
 */
export function Timeline({ graph, until, change }: TimelineProps) {
  const { days, unknown } = useMemo(() => daysOf(graph), [graph]);
  if (days.length < 2 && until === undefined) return null;
  const last = days.length - 1;
  const place = until === undefined ? last : days.findLastIndex((day) => day <= until);
  const text = until === undefined ? 'all follows' : `follows until ${since(`${until}T12:00:00`)}`;
  return (
    <div className="drawing-timeline">
      <label htmlFor="drawing-days">Time</label>
      <input
        id="drawing-days"
        type="range"
        min={place < 0 ? -1 : 0}
        max={last}
        step={1}
        value={place}
        aria-valuetext={text}
        onInput={({ currentTarget }) => {
          const chosen = Number(currentTarget.value);
          change(chosen >= last ? undefined : days[Math.max(0, chosen)]);
        }}
      />
      <output htmlFor="drawing-days">{text}</output>
      {unknown > 0 && (
        <small className="drawing-quiet">{count(unknown, 'follow has', 'follows have')} no known date and stay.</small>
      )}
    </div>
  );
}
