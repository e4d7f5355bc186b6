import type { ReactNode } from 'react';

import type { Colouring, Kind } from './plan.ts';

interface LegendProps {
  /** The name of the person in the middle. */
  name: string;
  /** The kinds that are hidden. */
  off: ReadonlySet<Kind>;
  colouring: Colouring;
  toggle(kind: Kind, isOn: boolean): void;
  colour(colouring: Colouring): void;
}

/** The legend of shapes and lines. Each entry shows and hides its people or lines. */
export function Legend({ name, off, colouring, toggle, colour }: LegendProps) {
  const hasCommunities = colouring === 'community';
  const entry = (kind: Kind, icon: ReactNode, text: ReactNode) => {
    const isOn = !off.has(kind);
    return (
      <li>
        <button type="button" aria-pressed={isOn} onClick={() => toggle(kind, !isOn)}>
          {icon}
          <span>{text}</span>
        </button>
      </li>
    );
  };
  return (
    <ul className={`drawing-legend${hasCommunities ? ' has-communities' : ''}`} aria-label="Legend: shown people and lines">
      {entry(
        'followers',
        <svg viewBox="0 0 16 16" className="is-follower" aria-hidden="true">
          <circle cx="8" cy="8" r="5.5" />
        </svg>,
        <>
          follows <bdi>{name}</bdi>
        </>,
      )}
      {entry(
        'followed',
        <svg viewBox="0 0 16 16" className="is-followed" aria-hidden="true">
          <rect x="2.5" y="2.5" width="11" height="11" rx="2" />
        </svg>,
        <>
          followed by <bdi>{name}</bdi>
        </>,
      )}
      {entry(
        'mutual',
        <svg viewBox="0 0 16 16" className="is-both" aria-hidden="true">
          <path d="M2 8l3-5.5h6L14 8l-3 5.5H5z" />
        </svg>,
        'mutual',
      )}
      {entry(
        'others',
        <svg viewBox="0 0 16 16" className="is-other" aria-hidden="true">
          <circle cx="8" cy="8" r="4.5" />
        </svg>,
        'others',
      )}
      {entry(
        'one-way',
        <svg viewBox="0 0 28 16" className="is-line" aria-hidden="true">
          <path d="M1 8h20" />
          <path d="M19 4l8 4-8 4z" />
        </svg>,
        'a follow',
      )}
      {entry(
        'two-way',
        <svg viewBox="0 0 28 16" className="is-line is-mutual" aria-hidden="true">
          <path d="M6 8h16" />
          <path d="M20 4l8 4-8 4zM8 4L0 8l8 4z" />
        </svg>,
        'both ways',
      )}
      <li>
        <label>
          <input
            type="checkbox"
            checked={hasCommunities}
            onChange={({ currentTarget }) => colour(currentTarget.checked ? 'community' : 'relation')}
          />
          Colour communities
        </label>
      </li>
      {hasCommunities && <li className="drawing-legend-note">One colour: many follows among these people</li>}
      <li className="drawing-legend-note">Larger: more followers</li>
    </ul>
  );
}
