/** The ranking. At most one row is open; on a phone each row is a card. */

import { Fragment } from "react";
import type { Hotspot, Hotspots, Interval, Precision } from "../../api/types.gen";
import { adjusted } from "../../lib/place";
import { keyOf, moved, nameOf, scoreAxisEnd } from "../../lib/places";
import { goTo } from "../../state/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Change } from "../../ui/Change";
import { Hidden } from "../../ui/Hidden";
import { Icon } from "../../ui/Icon";
import { type Axis, Mark, MarkAxis, type Tick } from "../../ui/Mark";
import { PlaceName } from "../../ui/PlaceName";
import { Score } from "../../ui/Score";
import { Scroll } from "../../ui/Scroll";
import { COLUMNS, contains, sorted } from "./columns";
import { Details } from "./Details";

function SortHead({
  column,
  children,
  className = "",
}: {
  column: string;
  children: string;
  className?: string;
}) {
  const text = useText();
  const { place } = useView();
  const current = place.local["sort"] ?? "score";
  const on = current === column;
  return (
    <th scope="col" className={`number ${className}`} aria-sort={on ? "descending" : undefined}>
      <button
        type="button"
        title={text.hotspots.sort(text.signal[column] ?? children)}
        onClick={() =>
          goTo(adjusted(place, { sort: column === "score" ? null : column }), "replace")
        }
      >
        {children}
        {on && <Icon name="down" />}
      </button>
    </th>
  );
}

function Count({ value, name }: { value: number; name: string }) {
  const text = useText();
  const { format } = useView();
  return (
    <td
      className={`number signal ${value === 0 ? "zero" : ""}`}
      data-signal={name}
      data-label={text.signalShort[name]}
    >
      {format.count(value)}
    </td>
  );
}

/** How often visitors confirmed what was detected here; the opened row says it in full. */
function Precise({ of }: { of: Precision | null }) {
  const text = useText();
  const { format } = useView();
  if (of === null) {
    return (
      <td className="number precision none" data-testid="precision" title={text.precision.none}>
        –
      </td>
    );
  }
  const range = format.percentRange(of, of.verdicts, text.measure.toWord);
  return (
    <td
      className="number precision"
      data-testid="precision"
      data-label={text.precision.short}
      title={text.precision.said(
        format.count(of.confirmed),
        text.precision.verdicts(of.verdicts, format.count(of.verdicts)),
      )}
    >
      {format.percent(of.value, of.verdicts)}
      <span className="where">{range}</span>
    </td>
  );
}

interface RowProps {
  place: Hotspot;
  axis: Axis;
  change: Interval | null;
  compared: boolean;
  open: boolean;
}

function Row({ place, axis, change, compared, open }: RowProps) {
  const text = useText();
  const { place: here, format } = useView();
  const key = keyOf(place);
  const turn = () => goTo(adjusted(here, { open: open ? null : key }));
  const shared = {
    "data-testid": "hotspot-row",
    "data-page": place.page,
    "data-target": place.target ?? undefined,
  };
  if (place.hidden || !place.score) {
    return (
      <tr className="hatched" data-hidden={place.hidden ?? ""} {...shared}>
        <td className="chevron" />
        <th scope="row">
          <PlaceName place={place} link={false} />
        </th>
        <td colSpan={COLUMNS.length + (compared ? 5 : 4)}>
          {place.hidden && <Hidden why={place.hidden} />}
        </td>
      </tr>
    );
  }
  return (
    <tr className={open ? "opened" : ""} {...shared}>
      <td className="chevron">
        <button
          type="button"
          className="button ghost square"
          data-row
          aria-expanded={open}
          aria-label={text.hotspots.openRow(nameOf(place))}
          onClick={turn}
        >
          <Icon name={open ? "down" : "right"} />
        </button>
      </td>
      <th scope="row">
        <PlaceName place={place} />
      </th>
      <td className="number score-cell">
        <Score value={place.score.value} testid="score" />
      </td>
      <td className="mark-cell">
        <Mark of={place.score} axis={axis} colour="friction" />
        <span className="vh">
          {text.measure.interval(format.score(place.score.low), format.score(place.score.high))}
        </span>
      </td>
      <td className="number" data-testid="exposed" data-label={text.measure.exposed}>
        {format.count(place.sessions ?? 0)}
      </td>
      {COLUMNS.map((name) => (
        <Count key={name} name={name} value={place.signals[name] ?? 0} />
      ))}
      <Precise of={place.precision} />
      {compared && (
        <td className="number change-cell">
          {change ? (
            <Change change={change} write={format.score} more="worse" brief />
          ) : (
            <span className="same" title={text.state.noBefore}>
              –
            </span>
          )}
        </td>
      )}
    </tr>
  );
}

interface Props {
  data: Hotspots;
  rows: readonly Hotspot[];
  /** Null: not compared. */
  before: readonly Hotspot[] | null;
  wanted: string;
}

export function Table({ data, rows, before, wanted }: Props) {
  const text = useText();
  const { place, format } = useView();
  const open = place.local["open"] ?? null;
  const shown = sorted(rows, place.local["sort"] ?? "score").filter((row) => contains(row, wanted));
  const axis: Axis = { low: 0, high: scoreAxisEnd(rows), mean: data.mean };
  const ticks: Tick[] = [0, axis.high / 2, axis.high].map((at) => ({ at, text: format.axis(at) }));
  if (data.mean !== null) ticks.push({ at: data.mean, text: text.measure.mean, strong: true });
  const changes = new Map(
    moved(rows, before ?? []).map(({ place: one, change }) => [keyOf(one), change]),
  );
  if (shown.length === 0) return <p className="state muted">{text.hotspots.noMatch(wanted)}</p>;
  const columns = COLUMNS.length + (before ? 7 : 6);
  return (
    <Scroll label={text.hotspots.tableLabel}>
      <table className="lined cards ranking">
        <caption className="vh">{text.hotspots.tableLabel}</caption>
        <thead>
          <tr>
            <th scope="col" className="chevron">
              <span className="vh">{text.hotspots.details}</span>
            </th>
            <th scope="col" className="place-column">
              {text.measure.place}
            </th>
            <SortHead column="score">{text.measure.friction}</SortHead>
            <th scope="col" className="mark-column">
              <MarkAxis axis={axis} ticks={ticks} />
            </th>
            <SortHead column="sessions">{text.measure.exposed}</SortHead>
            {COLUMNS.map((name) => (
              <SortHead key={name} column={name} className="signal">
                {text.signalShort[name] ?? name}
              </SortHead>
            ))}
            <SortHead column="precision" className="precision">
              {text.precision.title}
            </SortHead>
            {before && (
              <th scope="col" className="number">
                {text.measure.change}
              </th>
            )}
          </tr>
        </thead>
        <tbody data-rows>
          {shown.map((row) => {
            const key = keyOf(row);
            const opened = key === open && row.hidden === null;
            return (
              <Fragment key={key}>
                <Row
                  place={row}
                  axis={axis}
                  change={changes.get(key) ?? null}
                  compared={before !== null}
                  open={opened}
                />
                {opened && (
                  <tr className="drill" data-open>
                    <td colSpan={columns}>
                      <Details place={row} />
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
