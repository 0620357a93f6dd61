/** The box that says what the point under the pointer holds. */

import type { Told } from "./StackedArea";

interface Props<K extends string> {
  told: Told<K>;
  /** px from the start of the chart. */
  x: number;
  /** Drawn before the point, not after it. */
  before: boolean;
}

export function Tip<K extends string>({ told, x, before }: Props<K>) {
  return (
    <div className={`tip ${before ? "before" : ""}`} style={{ insetInlineStart: `${x}px` }}>
      <b>{told.title}</b>
      {told.hidden && <span className="muted">{told.hidden}</span>}
      {told.lines.map(([{ key, tone, name }, value]) => (
        <span key={key} className="tip-line">
          <i className={`dot ${tone}`} /> {name} <span className="number">{value}</span>
        </span>
      ))}
    </div>
  );
}
