/** Edges whose figures end early, told where the figures are read. */

import type { Edge } from "../../api/types.gen";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Icon } from "../../ui/Icon";
import { Link } from "../../ui/Link";

export function Stale({ edges }: { edges: readonly Edge[] }) {
  const text = useText();
  const { format, now } = useView();
  const late = edges.filter(({ state }) => state === "behind" || state === "away");
  if (late.length === 0) return null;
  return (
    <div className="note">
      <Icon name="warning" />
      <span>
        {late.map((edge) => {
          const lag = edge.lagMs;
          const told =
            edge.state === "behind" && lag !== null
              ? text.overview.behind(edge.name, format.duration(lag), format.when(now - lag, now))
              : text.overview.away(
                  edge.name,
                  edge.seen === null ? "–" : format.when(edge.seen, now),
                );
          return <span key={edge.node}>{told} </span>;
        })}
        <Link to="sites">{text.overview.seeSites}</Link>
      </span>
    </div>
  );
}
