/** Pages and elements ranked by friction, with how sure that is and why. */

import { useState } from "react";
import { questions } from "../../api/client";
import type { Hotspots as Answered, Hotspot } from "../../api/types.gen";
import { adjusted } from "../../lib/place";
import { useAnswer } from "../../state/answers";
import { goTo } from "../../state/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Icon } from "../../ui/Icon";
import { CsvTool } from "../../ui/Panel";
import { Segments } from "../../ui/Segments";
import { Region } from "../../ui/States";
import { Table } from "./Table";
import { useMoreRows } from "./useMoreRows";

function Summary({ data, rows }: { data: Answered; rows: readonly Hotspot[] }) {
  const text = useText();
  const { format } = useView();
  const mean = data.mean;
  if (mean === null) return null;
  const above = rows.filter(({ score }) => score && score.low > mean).length;
  const places = text.count.places(rows.length, format.count(rows.length) + (data.next ? "+" : ""));
  const first = text.hotspots.finding(
    places,
    text.hotspots.above(above, format.count(above)),
    format.mean(mean),
  );
  const hidden = data.hidden > 0 ? ` ${text.hidden.count(format.count(data.hidden))}.` : "";
  return (
    <p className="lead" data-testid="hotspots-summary">
      {first}
      {hidden}
    </p>
  );
}

export default function Hotspots() {
  const text = useText();
  const { place, query, earlier } = useView();
  const by = place.local["by"] === "element" ? "element" : "page";
  const question = questions.hotspots(query, by);
  const answer = useAnswer(question);
  const before = useAnswer(earlier && questions.hotspots(earlier, by), { past: true });
  const more = useMoreRows(query, by, answer.data);
  const [wanted, setWanted] = useState("");
  const rows = [...(answer.data?.rows ?? []), ...more.rows];
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.hotspots}</h1>
          {answer.data && answer.data.by === by && <Summary data={answer.data} rows={rows} />}
        </div>
        <div className="page-tools">
          <label className="search">
            <Icon name="search" />
            <span className="vh">{text.filter.placeSearch}</span>
            <input
              type="search"
              data-search
              placeholder={text.filter.placeSearch}
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
            />
            <kbd>/</kbd>
          </label>
          <Segments
            label={text.measure.place}
            value={by}
            options={[
              ["page", text.hotspots.by.page],
              ["element", text.hotspots.by.element],
            ]}
            onChange={(next) =>
              goTo(adjusted(place, { by: next === "page" ? null : next, open: null }))
            }
          />
          <CsvTool of={question} name={`hotspots-${by}`} wide />
        </div>
      </header>
      <section className="panel" aria-label={text.hotspots.tableLabel}>
        <Region answer={answer} scope={({ scope }) => scope} rows={8}>
          {(data) => (
            <Table
              data={data}
              rows={rows}
              before={earlier ? (before.data?.rows ?? []) : null}
              wanted={wanted}
            />
          )}
        </Region>
        {(answer.data?.next || more.next) && more.load && (
          <div className="panel-foot">
            <button type="button" className="button" onClick={more.load} disabled={more.loading}>
              {text.hotspots.showMore}
            </button>
          </div>
        )}
      </section>
      <p className="footnote">
        {text.hotspots.caption} {text.hotspots.caption2}
      </p>
    </>
  );
}
