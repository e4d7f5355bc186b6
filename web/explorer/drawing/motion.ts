/** Stops an animation. */
export type Stop = () => void;

/** Calls a function once per frame until it returns true. */
export function everyFrame(frame: (now: number) => boolean): Stop {
  let request = requestAnimationFrame(function next(now) {
    if (!frame(now)) request = requestAnimationFrame(next);
  });
  return () => cancelAnimationFrame(request);
}

/** Animates from 0 to 1 in a number of milliseconds, or jumps to 1 if the user prefers reduced motion. */
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
