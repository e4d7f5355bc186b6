import { createElement, useEffect } from 'react';
import { useClient } from 'urql';

import { TopAroundDocument } from './__generated__/graphql.ts';
import { TOP_OF_MIDDLE } from './drawing/portion.ts';
import { part } from './part.tsx';

interface DrawingProps {
  /** The username of the person in the middle. */
  username: string;
  /** Opens the page of a person. */
  visit(username: string): void;
  /** Whether it only is a picture, without controls and without a state in the address. */
  isPreview?: boolean;
}

const load = () => import('./drawing/drawing.tsx');

const Loaded = part<DrawingProps>('The graph', load);

/** Whether the address asks for the newest people first, not for the most followed ones. */
const isByNewest = () => /[?&]by=/.test(location.search);

/** The drawing of a person's neighbourhood. Its code is loaded separately, and its first lists at the same time. */
export function Drawing(props: DrawingProps) {
  const client = useClient();
  const { username, isPreview } = props;
  useEffect(() => {
    if (!isPreview && isByNewest()) return undefined;
    return client.query(TopAroundDocument, { username, ...TOP_OF_MIDDLE }).subscribe(() => {}).unsubscribe;
  }, [client, username, isPreview]);
  return createElement(Loaded, props);
}

/** Begins to load the code of the drawing, at the same time as the data that decides what is drawn. */
export function prepareDrawing(): void {
  load().catch(() => {}); // the drawing itself shows the fault
}
