import { layOut } from './layout.ts';
import type { LayoutAnswer, LayoutQuestion } from './placer.ts';

/** Computes layouts beside the page. */
self.onmessage = ({ data: { graph, before, loose } }: MessageEvent<LayoutQuestion>) => {
  const layout = layOut(graph, before, loose);
  layout.advance(Infinity);
  const answer: LayoutAnswer = layout.placed();
  postMessage(answer);
};
