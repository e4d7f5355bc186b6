import { Component, type ReactNode } from 'react';

/** Keeps a part of the page that cannot be loaded or shown from taking the rest along. */
export class Boundary extends Component<{ what: string; children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <div className="fault" role="alert">
        <p>{this.props.what} could not be loaded.</p>
        <button type="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </div>
    );
  }
}
