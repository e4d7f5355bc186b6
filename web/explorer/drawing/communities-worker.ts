import { communitiesOf } from './communities.ts';
import type { Graph } from './graph.ts';

/** Finds communities beside the page. */
self.onmessage = ({ data }: MessageEvent<Pick<Graph, 'people' | 'following' | 'middle'>>) => {
  postMessage(communitiesOf(data));
};
