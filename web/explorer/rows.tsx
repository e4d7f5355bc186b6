import { useWindowVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react';

import { beforeLeaving, kept } from './kept.ts';
import { rangeOf, WHOLE } from './range.ts';

/** The number of rows outside the window that longer lists render: about three windows. */
const AROUND = 30;

/** The height of a row in pixels before one was measured. */
const ESTIMATE = 78;

/** The heights of the rows of each long list in pixels, so that going back restores the position. */
const heights = kept<number[]>('heights');

/** Where an item is in its list. */
export interface Place {
  /** The index of its row. */
  row: number;
  /** The number of the item, from 1. */
  position: number;
  /** The number of all items. Undefined if it is not known. */
  size: number | undefined;
  /** The distance in pixels from the top of the list, if the item is apart from the rendered rows. */
  top: number | undefined;
}

interface RowsProps {
  /** A unique key of the list, while the page is open. */
  id: string;
  /** The number of items that are loaded, and of all items if it is known. */
  count: number;
  size: number | undefined;
  label: string;
  className: string;
  /** The element of the list. */
  element: RefObject<HTMLUListElement | null>;
  /** Whether the list can get the focus. */
  isFocusable: boolean;
  /** Returns an item, with a key and the attributes of `placed`. */
  item(index: number, place: Place): ReactNode;
}

/**
 * A list of equal items, in one column or a grid. It renders the rows near the window, because a list can have
 * thousands.
 */
export function Rows({ id, count, size, label, className, element: list, isFocusable, item }: RowsProps) {
  const [{ columns, gap, width, margin }, setShape] = useState(UNKNOWN);
  const focused = useRef<number>(undefined);
  const apart = useRef<number>(undefined);
  const estimate = useRef(ESTIMATE);
  const rows = Math.ceil(count / columns);
  const key = `${id} ${innerWidth}`; // other widths have other heights
  const known = heights.get(key);
  const virtualizer = useWindowVirtualizer<HTMLLIElement>({
    count: rows,
    estimateSize: () => estimate.current,
    overscan: AROUND,
    gap,
    scrollMargin: margin,
    rangeExtractor: useCallback((range: Range) => {
      const found = rangeOf(range, focused.current);
      apart.current = found.apart;
      return found.rows;
    }, []),
    initialMeasurementsCache: known ? snapshotOf(known) : [],
    initialRect: { width: innerWidth, height: innerHeight }, // the first paint has rows
    useFlushSync: false,
  });
  // The browser keeps the visible rows in place (CSS Scroll Anchoring).
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = () => false;

  useLayoutEffect(() => {
    const { current } = list;
    function look() {
      const { gridTemplateColumns, rowGap } = getComputedStyle(current!);
      const shape = {
        columns: gridTemplateColumns === 'none' ? 1 : gridTemplateColumns.split(' ').length,
        gap: Number.parseFloat(rowGap) || 0,
        width: current!.clientWidth,
        margin: Math.round(current!.getBoundingClientRect().top + scrollY),
      };
      setShape((before) => (isEqual(before, shape) ? before : shape));
    }
    look();
    const watch = new ResizeObserver(look);
    watch.observe(current!);
    watch.observe(current!.parentElement!); // what is above the list can change its height
    return () => watch.disconnect();
  }, [list]);

  const measured = useRef(0);
  const nodes = useRef(new Map<number, Element>());
  useLayoutEffect(() => {
    if (measured.current !== 0 && measured.current !== width) {
      nodes.current.clear();
      virtualizer.measure();
    }
    measured.current = width;
  }, [virtualizer, width]);
  useLayoutEffect(() => {
    let before = -1;
    for (const node of list.current!.children) {
      const row = Number((node as HTMLElement).dataset['index']);
      // The items of a row have the same height. The changes of a known element are observed.
      if (row !== before && nodes.current.get(row) !== node) {
        nodes.current.set(row, node);
        virtualizer.measureElement(node as HTMLLIElement);
        estimate.current = (node as HTMLElement).offsetHeight || ESTIMATE;
      }
      before = row;
    }
  });

  useEffect(() => {
    if (rows <= WHOLE) return;
    const keep = () => void heights.set(key, virtualizer.takeSnapshot().map(({ size }) => size));
    const forget = beforeLeaving(keep);
    return () => {
      keep();
      forget();
    };
  }, [key, rows, virtualizer]);

  const items = virtualizer.getVirtualItems();
  const inFlow = items.filter(({ index }) => index !== apart.current);
  const [first, last] = [inFlow[0], inFlow.at(-1)];
  return (
    <ul
      className={`people ${className}`}
      aria-label={label}
      ref={list}
      tabIndex={isFocusable ? -1 : undefined}
      style={
        first &&
        last && {
          paddingTop: first.start - margin,
          paddingBottom: virtualizer.getTotalSize() - (last.end - margin),
        }
      }
      // The row with the focus stays, also outside the window.
      onFocus={({ target }) => {
        const row = (target as Element).closest('li')?.dataset['index'];
        focused.current = row === undefined ? undefined : Number(row);
      }}
      onBlur={() => (focused.current = undefined)}
    >
      {items.flatMap(({ index: row, start }) =>
        Array.from({ length: Math.min(columns, count - row * columns) }, (_, column) => {
          const index = row * columns + column;
          return item(index, {
            row,
            position: index + 1,
            size,
            top: row === apart.current ? start - margin : undefined,
          });
        }),
      )}
    </ul>
  );
}

/** The shape of a list that was not rendered yet. */
const UNKNOWN = { columns: 1, gap: 0, width: 0, margin: 0 };

/** Returns the attributes of an item's element. */
export function placed({ row, position, size, top }: Partial<Place>) {
  if (row === undefined) return {};
  return {
    'data-index': row,
    'aria-posinset': position,
    'aria-setsize': size ?? -1,
    ...(top !== undefined && { style: { position: 'absolute' as const, top, left: 0, right: 0 } }),
  };
}

function snapshotOf(sizes: readonly number[]): VirtualItem[] {
  let end = 0;
  return sizes.map((size, index) => {
    const start = end;
    end += size;
    return { key: index, index, start, size, end, lane: 0 };
  });
}

function isEqual<Shape extends object>(one: Shape, other: Shape): boolean {
  return Object.entries(one).every(([name, value]) => other[name as keyof Shape] === value);
}
