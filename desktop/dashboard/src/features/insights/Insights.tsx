/** What the machine grouped and worded, for people to decide about. */

import { questions } from "../../api/client";
import type { Insights as Answered, Insight } from "../../api/types.gen";
import { adjusted } from "../../lib/place";
import { useAnswer } from "../../state/answers";
import { goTo } from "../../state/place";
import { useView } from "../../state/view";
import { type Text, useText } from "../../text";
import { Icon } from "../../ui/Icon";
import { CsvTool } from "../../ui/Panel";
import { Segments } from "../../ui/Segments";
import { Region } from "../../ui/States";
import { Card } from "./Card";
import { InsightList } from "./InsightList";
import { Toast } from "./Toast";
import { useActions } from "./useActions";

type Decision = Insight["decision"];
const DECISIONS: readonly Decision[] = ["open", "accepted", "dismissed"];

function isDecision(name: string | undefined): name is Decision {
  return DECISIONS.some((one) => one === name);
}

function runs(data: Answered | null, text: Text, when: (at: number) => string): string {
  if (!data) return "";
  const ran = data.ran === null ? text.insights.never : text.insights.ran(when(data.ran));
  return `${ran}${data.nextRun === null ? "" : `, ${text.insights.next(when(data.nextRun))}`}.`;
}

interface BodyProps {
  shown: readonly Insight[];
  tab: Decision;
  settle: (insight: Insight, decision: Decision) => void;
}

function Body({ shown, tab, settle }: BodyProps) {
  const text = useText();
  const { place } = useView();
  const id = place.local["id"] ?? null;
  const chosen = shown.find((one) => one.id === id) ?? (id === null ? shown[0] : undefined);
  if (shown.length === 0) {
    return (
      <div className="panel">
        <p className="state muted">{text.insights.none[tab]}</p>
      </div>
    );
  }
  return (
    <div
      className={`panel master ${id === null ? "" : "detail"}`}
      data-open={id === null ? undefined : ""}
    >
      <InsightList insights={shown} chosen={chosen?.id ?? null} />
      <Card insight={chosen ?? null} settle={settle} />
    </div>
  );
}

function Tabs({ rows, tab }: { rows: readonly Insight[]; tab: Decision }) {
  const text = useText();
  const { place, format } = useView();
  return (
    <Segments
      label={text.insights.filterLabel}
      value={tab}
      options={DECISIONS.map((name) => {
        const n = rows.filter(({ decision }) => decision === name).length;
        return [name, `${text.insights.decisions[name]} ${format.count(n)}`] as const;
      })}
      onChange={(name) =>
        goTo(adjusted(place, { decision: name === "open" ? null : name, id: null }))
      }
    />
  );
}

export default function Insights() {
  const text = useText();
  const { place, query, format, now } = useView();
  const question = questions.insights(query);
  const answer = useAnswer(question);
  const { running, run, settle, done, forget } = useActions(answer.retry);
  const wanted = place.local["decision"];
  const tab: Decision = isDecision(wanted) ? wanted : "open";
  const rows = answer.data?.rows ?? [];
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.insights}</h1>
          <p className="lead">
            {text.insights.sub} {runs(answer.data, text, (at) => format.when(at, now))}
          </p>
        </div>
        <div className="page-tools">
          <Tabs rows={rows} tab={tab} />
          <button
            type="button"
            className="button"
            disabled={running}
            onClick={run}
            data-testid="run-insights"
          >
            <Icon name="again" />
            {running ? text.insights.running : text.insights.runNow}
          </button>
          <CsvTool of={question} name="insights" wide />
        </div>
      </header>
      <Toast done={done} close={forget} />
      <Region answer={answer} scope={() => null} rows={6}>
        {(data) => (
          <Body
            shown={data.rows.filter(({ decision }) => decision === tab)}
            tab={tab}
            settle={settle}
          />
        )}
      </Region>
    </>
  );
}
