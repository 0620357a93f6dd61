/** The share of good taps on each page, with how sure it is. */

import { questions } from "../../api/client";
import type { Hotspots, Interval } from "../../api/types.gen";
import { share } from "../../lib/statistics";
import { type Taps, tapsOn, total } from "../../lib/taps";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Hidden } from "../../ui/Hidden";
import { RouteLink } from "../../ui/Link";
import { Mark, MarkAxis, type Tick } from "../../ui/Mark";
import { CsvTool, Panel } from "../../ui/Panel";
import { Region } from "../../ui/States";

interface Line {
  page: string;
  hidden: Hotspots["rows"][number]["hidden"];
  taps: Taps;
  base: number;
  good: Interval | null;
}

/** The pages with taps, least good first; hidden ones last. */
export function linesOf({ rows }: Hotspots): Line[] {
  return rows
    .map((place) => {
      const taps = tapsOn(place);
      const base = total(taps);
      return {
        page: place.page,
        hidden: place.hidden,
        taps,
        base,
        good: share(taps.thumbs_up, base),
      };
    })
    .filter(({ hidden, base }) => hidden !== null || base > 0)
    .sort(
      (a, b) =>
        Number(a.hidden !== null) - Number(b.hidden !== null) ||
        (a.good?.value ?? 0) - (b.good?.value ?? 0) ||
        b.base - a.base,
    );
}

function Table({ data }: { data: Hotspots }) {
  const text = useText();
  const { format } = useView();
  const lines = linesOf(data);
  const good = lines.reduce((sum, { taps }) => sum + taps.thumbs_up, 0);
  const taken = lines.reduce((sum, { base }) => sum + base, 0);
  const all = share(good, taken)?.value ?? null;
  const axis = { low: 0, high: 1, mean: all };
  const ticks: Tick[] = [0, 0.5, 1].map((at) => ({ at, text: format.percent(at, 0) }));
  if (all !== null) ticks.push({ at: all, text: text.sentiment.allPages, strong: true });
  if (lines.length === 0) return <p className="state muted">{text.sentiment.byPageNone}</p>;
  return (
    <table className="lined">
      <thead>
        <tr>
          <th scope="col">{text.measure.page}</th>
          <th scope="col" className="mark-column phone-off">
            <MarkAxis axis={axis} ticks={ticks} />
          </th>
          <th scope="col" className="number">
            {text.measure.good}
          </th>
          <th scope="col" className="number phone-off">
            {text.measure.confused}
          </th>
          <th scope="col" className="number">
            {text.measure.bad}
          </th>
          <th scope="col" className="number">
            {text.measure.taps}
          </th>
        </tr>
      </thead>
      <tbody data-rows>
        {lines.map(({ page, hidden, taps, base, good }) => (
          <tr key={page} className={hidden ? "hatched" : ""}>
            <th scope="row">
              <RouteLink page={page} />
            </th>
            {hidden || !good ? (
              <td colSpan={5}>{hidden && <Hidden why={hidden} />}</td>
            ) : (
              <>
                <td className="phone-off">
                  <Mark of={good} axis={axis} colour="up" />
                </td>
                <td className="number">
                  {format.percent(good.value, base)}{" "}
                  <span className="muted">
                    (
                    {format
                      .percentRange(good, base, "–")
                      .replace(/ – /, "–")
                      .replace(/[\s\u00a0\u202f]?%$/, "")}
                    )
                  </span>
                </td>
                <td className="number phone-off">{format.percent(taps.confused / base, base)}</td>
                <td className="number">{format.percent(taps.thumbs_down / base, base)}</td>
                <td className="number">{format.count(base)}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ByPage() {
  const text = useText();
  const { query } = useView();
  const question = questions.hotspots(query, "page");
  const answer = useAnswer(question);
  if (answer.data?.scope.sessions === 0) return null;
  return (
    <Panel
      title={text.sentiment.byPage}
      caption={text.sentiment.byPageCaption}
      tools={<CsvTool of={question} name="sentiment-by-page" />}
    >
      <Region answer={answer} scope={({ scope }) => scope}>
        {(data) => <Table data={data} />}
      </Region>
    </Panel>
  );
}
