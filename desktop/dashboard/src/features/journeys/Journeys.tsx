/** How people move between pages, and where friction sits on the way. */

import { questions } from "../../api/client";
import type { Journeys as Answered } from "../../api/types.gen";
import { FlowGraph } from "../../charts/FlowGraph";
import { adjusted } from "../../lib/place";
import { useAnswer } from "../../state/answers";
import { goTo } from "../../state/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { RouteLink } from "../../ui/Link";
import { CsvTool, Panel, TableTool, useTableView } from "../../ui/Panel";
import { Region } from "../../ui/States";
import { Ways } from "./Ways";

function Summary({ data }: { data: Answered }) {
  const text = useText();
  const { format } = useView();
  const shown = data.nodes.filter(({ hidden, sessions }) => hidden === null && sessions !== null);
  const all = data.scope.sessions;
  const busiest = shown.reduce<(typeof shown)[number] | null>(
    (most, node) => ((node.sessions ?? 0) > (most?.sessions ?? 0) ? node : most),
    null,
  );
  const worst = shown.reduce<(typeof shown)[number] | null>(
    (most, node) => ((node.score ?? 0) > (most?.score ?? 0) ? node : most),
    null,
  );
  if (!busiest?.sessions || !all) return null;
  const first = text.journeys.finding(
    busiest.page,
    format.percent(Math.min(1, busiest.sessions / all), all),
    text.count.sessions(all, format.count(all)),
  );
  const second = worst?.score
    ? text.journeys.friction(worst.page, format.score(worst.score))
    : null;
  return (
    <p className="lead" data-testid="journeys-summary">
      {first[0]}
      <RouteLink page={busiest.page} />
      {first[2]}{" "}
      {second && worst && (
        <>
          {second[0]}
          <RouteLink page={worst.page} />
          {second[2]}
        </>
      )}
    </p>
  );
}

function Graph({ data }: { data: Answered }) {
  const text = useText();
  const { place, format } = useView();
  const wanted = place.local["focus"] ?? null;
  const focus = data.nodes.some(({ page, hidden }) => page === wanted && hidden === null)
    ? wanted
    : null;
  return (
    <FlowGraph
      nodes={data.nodes}
      links={data.links}
      title={text.journeys.title}
      focus={focus}
      label={({ nodes, links }) =>
        text.journeys.graphLabel(format.count(nodes.length), format.count(links.length))
      }
      writeCount={(n) => text.count.sessions(n, format.count(n))}
      writeScore={format.score}
      onFocus={(page) => goTo(adjusted(place, { focus: page === focus ? null : page }))}
      footer={({ folded, weak }) =>
        [
          folded > 0 && focus === null ? text.journeys.folded(folded, format.count(folded)) : "",
          weak > 0 ? text.journeys.weak(weak, format.count(weak)) : "",
          data.hidden > 0 ? `${text.hidden.count(format.count(data.hidden))}.` : "",
        ].join(" ")
      }
    />
  );
}

export default function Journeys() {
  const text = useText();
  const { query, place } = useView();
  const question = questions.journeys(query);
  const answer = useAnswer(question);
  const [table] = useTableView();
  const focus = place.local["focus"] ?? null;
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.journeys}</h1>
          {answer.data && <Summary data={answer.data} />}
        </div>
      </header>
      <Region answer={answer} scope={({ scope }) => scope} rows={6}>
        {(data) =>
          data.links.length === 0 ? (
            <div className="panel">
              <p className="state muted">{text.journeys.none}</p>
            </div>
          ) : (
            <>
              {!table && (
                <Panel
                  className="phone-off"
                  title={text.journeys.title}
                  caption={focus === null ? text.journeys.caption : text.journeys.captionFocus}
                  tools={
                    <>
                      {focus !== null && (
                        <button
                          type="button"
                          className="button"
                          onClick={() => goTo(adjusted(place, { focus: null }))}
                        >
                          {text.journeys.unfocus}
                        </button>
                      )}
                      <TableTool />
                      <CsvTool of={question} name="journeys" />
                    </>
                  }
                >
                  <div className="panel-body">
                    <Graph data={data} />
                  </div>
                </Panel>
              )}
              <Panel
                title={text.journeys.links}
                caption={text.journeys.linksCaption}
                tools={
                  <>
                    {table && <TableTool />}
                    <CsvTool of={question} name="journeys" />
                  </>
                }
              >
                <Ways data={data} />
              </Panel>
            </>
          )
        }
      </Region>
    </>
  );
}
