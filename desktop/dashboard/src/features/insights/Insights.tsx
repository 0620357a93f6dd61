/** What the machine grouped and worded, for people to decide about. */

import { useState } from "react";
import { decide, questions, runInsights } from "../../api/client";
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

/** What was just done, with a way back. */
interface Done {
  text: string;
  undo: (() => void) | null;
}

export default function Insights() {
  const text = useText();
  const { place, project, query, format, now } = useView();
  const question = questions.insights(query);
  const answer = useAnswer(question);
  const [running, setRunning] = useState(false);
  const [done, setDone] = useState<Done | null>(null);
  const wanted = place.local["decision"];
  const tab: Decision = isDecision(wanted) ? wanted : "open";
  const rows = answer.data?.rows ?? [];
  const fail = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    setDone({ text: text.insights.failed + reason, undo: null });
  };

  const run = async () => {
    setRunning(true);
    try {
      const { insights } = await runInsights(project.id);
      setDone({ text: text.insights.ranNow(insights, format.count(insights)), undo: null });
      answer.retry();
    } catch (error) {
      fail(error);
    }
    setRunning(false);
  };
  const settle = async (insight: Insight, decision: Decision) => {
    try {
      await decide(insight.id, decision, project.id);
      const back = insight.decision;
      setDone({
        text: `${insight.title}: ${text.insights.decided[decision]}`,
        undo: () => void settle({ ...insight, decision }, back),
      });
      answer.retry();
    } catch (error) {
      fail(error);
    }
  };

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
          <button
            type="button"
            className="button"
            disabled={running}
            onClick={() => void run()}
            data-testid="run-insights"
          >
            <Icon name="again" />
            {running ? text.insights.running : text.insights.runNow}
          </button>
          <CsvTool of={question} name="insights" wide />
        </div>
      </header>
      <div className="toast-place" role="status">
        {done && (
          <span className="toast">
            {done.text}
            {done.undo && (
              <button type="button" className="button small" onClick={done.undo}>
                {text.undo}
              </button>
            )}
            <button
              type="button"
              className="button ghost square small"
              aria-label={text.close}
              onClick={() => setDone(null)}
            >
              <Icon name="close" />
            </button>
          </span>
        )}
      </div>
      <Region answer={answer} scope={() => null} rows={6}>
        {() => {
          const shown = rows.filter(({ decision }) => decision === tab);
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
              <Card
                insight={chosen ?? null}
                settle={(one, decision) => void settle(one, decision)}
              />
            </div>
          );
        }}
      </Region>
    </>
  );
}
