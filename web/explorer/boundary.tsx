import { Component, type ReactNode } from 'react';

/** An error boundary: if a part of the page fails, the rest stays. */
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
          Reload the page
        </button>
      </div>
    );
  }
}
