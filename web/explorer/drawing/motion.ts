/** Ends what runs over several frames. */
export type Stop = () => void;

/** Calls once a frame, until it answers true. */
export function everyFrame(frame: (now: number) => boolean): Stop {
  let request = requestAnimationFrame(function next(now) {
    if (!frame(now)) request = requestAnimationFrame(next);
  });
  return () => cancelAnimationFrame(request);
}

/** Goes from 0 to 1 in a time in milliseconds, at once where the reader wants no motion. */
export function glide(milliseconds: number, step: (part: number) => void, done: () => void): Stop {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    step(1);
    done();
    return () => {};
  }
  const start = performance.now();
  return everyFrame((now) => {
    const part = Math.min(1, Math.max(0, (now - start) / milliseconds));
    step(1 - (1 - part) ** 3); // fast at first, then slower
    if (part === 1) done();
    return part === 1;
  });
}
