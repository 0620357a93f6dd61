/** A bar of parts: good, confused, bad; the list beside it has the same figures. */

import { REACTIONS } from "../lib/signals";
import type { Taps } from "../lib/taps";

export function ReactionBar({ taps }: { taps: Taps }) {
  return (
    <span className="reaction-bar" aria-hidden="true">
      {[...REACTIONS]
        .reverse()
        .map((name) =>
          taps[name] > 0 ? (
            <span key={name} className={`fill ${name}`} style={{ flexGrow: taps[name] }} />
          ) : null,
        )}
    </span>
  );
}
