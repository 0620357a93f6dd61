/** A change against the period before; without a clear one it says so in words, grey, without an arrow. */

import type { Interval } from "../api/types.gen";
import { isClear } from "../lib/statistics";
import { useText } from "../text";

interface Props {
  change: Interval;
  /** Writes a value, without its sign. */
  write: (value: number) => string;
  /** Writes the ends of the interval, where the unit is said once. */
  writeEnd?: (value: number) => string;
  /** Whether more is worse, better, or neither. */
  more: "worse" | "better" | "neutral";
  /** In a cell: without the interval, and the unclear in one word. */
  brief?: boolean;
}

export function Change({ change, write, writeEnd = write, more, brief = false }: Props) {
  const text = useText();
  if (!isClear(change))
    return <span className="same">{brief ? text.state.unclearBrief : text.state.unclear}</span>;
  const up = change.value > 0;
  const worse = more === "worse" ? up : !up;
  const tone = more === "neutral" ? "plain" : worse ? "worse" : "better";
  const moved = up ? text.measure.more : text.measure.fewer;
  const word = tone === "plain" ? moved : text.measure[tone];
  const sign = (value: number, how = write) => (value > 0 ? "+" : "") + how(value);
  return (
    <span className="change">
      <span className={tone}>
        <span aria-hidden="true">{up ? "▲" : "▼"} </span>
        <span className="vh">{word} </span>
        {sign(change.value)}
      </span>
      {!brief && (
        <span className="muted">
          {" "}
          ({text.measure.range(sign(change.low, writeEnd), sign(change.high, writeEnd))})
        </span>
      )}
    </span>
  );
}
