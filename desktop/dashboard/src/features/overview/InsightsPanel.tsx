/** The insights that nobody has decided about yet. */

import { questions } from "../../api/client";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Link } from "../../ui/Link";
import { Panel } from "../../ui/Panel";

const SHOWN = 3;

export function InsightsPanel() {
  const text = useText();
  const { query } = useView();
  const answer = useAnswer(questions.insights(query));
  const open = answer.data?.rows.filter(({ decision }) => decision === "open") ?? [];
  return (
    <Panel
      title={text.overview.insights}
      tools={
        <Link to="insights" className="button ghost">
          {text.overview.open}
        </Link>
      }
    >
      {open.length === 0 ? (
        <div className="panel-body">
          <p className="muted">{text.overview.noInsights}</p>
        </div>
      ) : (
        <ul className="list">
          {open.slice(0, SHOWN).map(({ id, title, trend }) => (
            <li key={id}>
              <Link to="insights" local={{ id }} className="list-link">
                <span>{title}</span>
                <span className="tag">{text.insights.trend[trend]}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
