/** Each edge and how far behind it is. */

import type { Edge, Edges } from "../../api/types.gen";
import type { Answer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Link } from "../../ui/Link";
import { Panel } from "../../ui/Panel";

const LAMPS: Record<Edge["state"], string> = {
  current: "",
  behind: "warn",
  away: "off",
  never: "off",
};

export function EdgesPanel({ answer }: { answer: Answer<Edges> }) {
  const text = useText();
  const { format } = useView();
  const rows = answer.data?.rows ?? [];
  const lag = (edge: Edge) => {
    const late = edge.lagMs === null ? "" : ` · ${format.duration(edge.lagMs)}`;
    return text.sites.states[edge.state] + (edge.state === "current" ? "" : late);
  };
  return (
    <Panel
      title={text.overview.edges}
      tools={
        <Link to="sites" className="button ghost">
          {text.pages.sites}
        </Link>
      }
    >
      {rows.length === 0 ? (
        <div className="panel-body">
          <p className="muted">{text.overview.noEdges}</p>
        </div>
      ) : (
        <ul className="list">
          {rows.map((edge) => (
            <li key={edge.node} className="edge-line">
              <i className={`lamp ${LAMPS[edge.state]}`} />
              <span>{edge.name || edge.node}</span>
              <span className="muted">{lag(edge)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
