/** The legend of shapes and lines. */
export function Legend({ name }: { name: string }) {
  return (
    <ul className="drawing-legend" aria-label="Legend">
      <li>
        <svg viewBox="0 0 16 16" className="is-follower" aria-hidden="true">
          <circle cx="8" cy="8" r="5.5" />
        </svg>
        follows <bdi>{name}</bdi>
      </li>
      <li>
        <svg viewBox="0 0 16 16" className="is-followed" aria-hidden="true">
          <rect x="2.5" y="2.5" width="11" height="11" rx="2" />
        </svg>
        followed by <bdi>{name}</bdi>
      </li>
      <li>
        <svg viewBox="0 0 16 16" className="is-both" aria-hidden="true">
          <path d="M2 8l3-5.5h6L14 8l-3 5.5H5z" />
        </svg>
        both
      </li>
      <li>
        <svg viewBox="0 0 16 16" className="is-other" aria-hidden="true">
          <circle cx="8" cy="8" r="4.5" />
        </svg>
        others
      </li>
      <li>
        <svg viewBox="0 0 28 16" className="is-line" aria-hidden="true">
          <path d="M1 8h20" />
          <path d="M19 4l8 4-8 4z" />
        </svg>
        a follow
      </li>
      <li>
        <svg viewBox="0 0 28 16" className="is-line is-mutual" aria-hidden="true">
          <path d="M6 8h16" />
          <path d="M20 4l8 4-8 4zM8 4L0 8l8 4z" />
        </svg>
        both ways
      </li>
      <li>Larger: more followers</li>
    </ul>
  );
}
