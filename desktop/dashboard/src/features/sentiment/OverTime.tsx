/** The taps of each bucket of time, as areas or as a table. */

import type { ReactNode } from "react";
import { questions } from "../../api/client";
import type { Sentiment } from "../../api/types.gen";
import { filled, type Point, zoneOffset } from "../../charts/geometry";
import { type Series, StackedArea } from "../../charts/StackedArea";
import { adjusted, refiltered } from "../../lib/place";
import type { Reaction } from "../../lib/signals";
import { NO_TAPS, tapsOf, total } from "../../lib/taps";
import { goTo } from "../../state/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Hidden } from "../../ui/Hidden";
import { CsvTool, Panel, TableTool, useTableView } from "../../ui/Panel";
import { Scroll } from "../../ui/Scroll";
import { Segments } from "../../ui/Segments";

const STEP = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const HOUR = STEP.hour;

function useSeries(): Series<Reaction>[] {
  const { measure } = useText();
  return [
    { key: "thumbs_up", tone: "thumbs_up", name: measure.good },
    { key: "confused", tone: "confused", name: measure.confused },
    { key: "thumbs_down", tone: "thumbs_down", name: measure.bad },
  ];
}

/** The stretch that is drawn: nothing before the first tap, nothing after now. */
export function domainOf(data: Sentiment, now: number): { from: number; to: number } {
  const step = STEP[data.bucket];
  const { start, end } = data.scope;
  const to = Math.min(end, Math.max(now, (data.rows.at(-1)?.at ?? start) + step));
  const first = data.rows[0]?.at ?? start;
  const early = first - start > 0.4 * (to - start);
  return { from: early ? Math.max(start, Math.min(first - step, to - 6 * step)) : start, to };
}

function Legend({ data }: { data: Sentiment }) {
  const { format } = useView();
  const series = useSeries();
  const taps = tapsOf(data.total);
  const base = taps ? total(taps) : 0;
  return (
    <ul className="legend">
      {[...series].reverse().map(({ key, tone, name }) => (
        <li key={key}>
          <i className={`swatch ${tone}`} />
          {name}{" "}
          {taps && base > 0 && (
            <>
              <b>{format.percent(taps[key] / base, base)}</b>{" "}
              <span className="muted" data-testid={`sentiment-${key}`}>
                {format.count(taps[key])}
              </span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Rows({ data }: { data: Sentiment }) {
  const text = useText();
  const { format } = useView();
  const series = [...useSeries()].reverse();
  const time = (at: number) =>
    data.bucket === "day" ? format.dayYear(at) : `${format.day(at)} ${format.time(at)}`;
  return (
    <Scroll label={text.sentiment.title[data.bucket]} tall>
      <table className="lined">
        <caption className="vh">{text.sentiment.title[data.bucket]}</caption>
        <thead>
          <tr>
            <th scope="col">{text.measure.time}</th>
            {series.map(({ key, name }) => (
              <th key={key} scope="col" className="number">
                {name}
              </th>
            ))}
            <th scope="col" className="number">
              {text.sentiment.total}
            </th>
          </tr>
        </thead>
        <tbody data-rows>
          {[...data.rows].reverse().map((point) => {
            const taps = tapsOf(point);
            return (
              <tr key={point.at} className={taps ? "" : "hatched"} data-at={point.at}>
                <th scope="row">{time(point.at)}</th>
                {taps ? (
                  series.map(({ key }) => (
                    <td
                      key={key}
                      className={`number ${taps[key] === 0 ? "zero" : ""}`}
                      data-reaction={key}
                    >
                      {format.count(taps[key])}
                    </td>
                  ))
                ) : (
                  <td colSpan={4}>{point.hidden && <Hidden why={point.hidden} />}</td>
                )}
                {taps && <td className="number strong">{format.count(total(taps))}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function Drawing({ data }: { data: Sentiment }) {
  const text = useText();
  const { place, format, now, project } = useView();
  const series = useSeries();
  const step = STEP[data.bucket];
  const { from, to } = domainOf(data, now);
  const rows: Point<Reaction>[] = data.rows.map((point) => ({
    at: point.at,
    values: tapsOf(point),
  }));
  const points = filled(rows, step, from, to, NO_TAPS);
  const mode = place.local["mode"] === "share" ? "share" : "count";
  const reasons = new Map(data.rows.map(({ at, hidden }) => [at, hidden]));
  const daily = data.bucket === "day" || to - from > 4 * STEP.day;
  const zoom = (start: number, end: number) => {
    const span = { from: Math.floor(start / HOUR) * HOUR, to: Math.ceil(end / HOUR) * HOUR };
    if (span.from > data.scope.start || span.to < data.scope.end) {
      goTo(refiltered(place, { ...span, period: null }));
    }
  };
  return (
    <StackedArea
      points={points}
      series={series}
      mode={mode}
      from={from}
      to={to}
      offset={zoneOffset(format.zone, from)}
      label={`${text.sentiment.chartLabel(
        text.sentiment.title[data.bucket],
        format.when(from, now),
        format.when(to, now),
      )}. ${text.sentiment.keys}`}
      writeY={(value) => (mode === "share" ? format.percent(value, 0) : format.compact(value))}
      writeX={(at, previous) =>
        daily || (previous !== null && !format.sameDay(at, previous))
          ? format.day(at)
          : format.time(at)
      }
      describe={(point) => {
        const taps = point.values;
        const base = taps ? total(taps) : 0;
        const why = reasons.get(point.at);
        return {
          title: data.bucket === "day" ? format.dayYear(point.at) : format.when(point.at, now),
          hidden: why ? text.hidden[why](format.count(project.k)) : null,
          lines: taps
            ? [...series].reverse().map((one) => {
                const part = base > 0 ? ` (${format.percent(taps[one.key] / base, base)})` : "";
                return [one, `${format.count(taps[one.key])}${part}`] as const;
              })
            : [],
        };
      }}
      onZoom={zoom}
    />
  );
}

export function OverTime({ data, note }: { data: Sentiment; note: ReactNode }) {
  const text = useText();
  const { place, query, format, now } = useView();
  const [table] = useTableView();
  const mode = place.local["mode"] === "share" ? "share" : "count";
  const hidden = data.rows.filter((point) => point.hidden !== null).length;
  const clipped = domainOf(data, now).from > data.scope.start;
  return (
    <Panel
      title={text.sentiment.title[data.bucket]}
      legend={<Legend data={data} />}
      tools={
        <>
          {!table && (
            <Segments
              label={text.sentiment.mode}
              value={mode}
              options={[
                ["count", text.sentiment.count],
                ["share", text.sentiment.share],
              ]}
              onChange={(next) =>
                goTo(adjusted(place, { mode: next === "count" ? null : next }), "replace")
              }
            />
          )}
          <TableTool />
          <CsvTool of={questions.sentiment(query)} name="sentiment" />
        </>
      }
      note={
        <>
          {note} {hidden > 0 && text.sentiment.hiddenBuckets(hidden, format.count(hidden))}{" "}
          {clipped &&
            !table &&
            data.rows[0] &&
            text.sentiment.begins(format.when(data.rows[0].at, now))}{" "}
          {!table && <span className="phone-off">{text.sentiment.zoom}</span>}
        </>
      }
    >
      {data.rows.length === 0 ? (
        <p className="state muted">
          {data.asked
            ? text.sentiment.noneAsked(text.count.questions(data.asked, format.count(data.asked)))
            : text.sentiment.none}
        </p>
      ) : table ? (
        <Rows data={data} />
      ) : (
        <div className="panel-body">
          <Drawing data={data} />
        </div>
      )}
    </Panel>
  );
}
