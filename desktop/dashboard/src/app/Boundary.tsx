/** Catches what a page throws while it is drawn: the frame stays, the page says so. */

import { Component, type ReactNode } from "react";
import { useText } from "../text";

function Crashed({ error }: { error: Error }) {
  const text = useText();
  return (
    <div className="state" role="alert">
      <p>{text.state.crashed}</p>
      <code>{error.message}</code>
      <button type="button" className="button" onClick={() => location.reload()}>
        {text.state.reload}
      </button>
    </div>
  );
}

export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    return this.state.error ? <Crashed error={this.state.error} /> : this.props.children;
  }
}
