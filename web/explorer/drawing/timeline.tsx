import { useMemo } from 'react';

import { count, since } from '../format.ts';
import type { Graph } from './graph.ts';
import { daysOf } from './part.ts';

const DAY = 86_400_000;

interface TimelineProps {
  graph: Graph;
  /** The last day of the follows that are shown. */
  until: string | undefined;
  change(day: string | undefined): void;
}

/** A slider over the days of the follows. It shows the graph as it was on a day. */
export function Timeline({ graph, until, change }: TimelineProps) {
  const days = useMemo(() => daysOf(graph), [graph]);
  if (!days) return null;
  const { first, last, unknown } = days;
  const [least, most] = [numberOf(first), numberOf(last)];
  const value = until === undefined ? most : Math.min(most, Math.max(least, numberOf(until)));
  const text = until === undefined ? 'all follows' : `follows until ${since(`${until}T12:00:00`)}`;
  return (
    <div className="drawing-timeline">
      <label htmlFor="drawing-days">Time</label>
      <input
        id="drawing-days"
        type="range"
        min={least}
        max={most}
        step={1}
        value={value}
        aria-valuetext={text}
        onInput={({ currentTarget }) => {
          const day = Number(currentTarget.value);
          change(day >= most ? undefined : new Date(day * DAY).toISOString().slice(0, 10));
        }}
      />
      <output htmlFor="drawing-days">{text}</output>
      {unknown > 0 && (
        <small className="drawing-quiet">{count(unknown, 'follow has', 'follows have')} no known date and stay.</small>
      )}
    </div>
  );
}

/** Returns the number of a day since 1970. */
function numberOf(day: string): number {
  return Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY);
}
