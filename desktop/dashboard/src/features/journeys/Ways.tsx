/** The ways between pages, most used first; hidden ones keep their place at the end. */

import type { Journeys } from "../../api/types.gen";
import { addressOf, adjusted } from "../../lib/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Hidden } from "../../ui/Hidden";
import { RouteLink } from "../../ui/Link";
import { Score } from "../../ui/Score";
import { Scroll } from "../../ui/Scroll";

const SHOWN = 50;

export function Ways({ data }: { data: Journeys }) {
  const text = useText();
  const { place, format } = useView();
  const nodes = new Map(data.nodes.map((node) => [node.page, node]));
  const rows = [...data.links]
    .sort(
      (a, b) =>
        Number(a.hidden !== null) - Number(b.hidden !== null) ||
        (b.sessions ?? 0) - (a.sessions ?? 0) ||
        a.source.localeCompare(b.source),
    )
    .slice(0, SHOWN);
  return (
    <Scroll label={text.journeys.links}>
      <table className="lined cards ways-table">
        <caption className="vh">{text.journeys.links}</caption>
        <thead>
          <tr>
            <th scope="col">{text.journeys.way}</th>
            <th scope="col" className="number">
              {text.measure.sessions}
            </th>
            <th scope="col" className="number">
              <abbr title={text.journeys.shareTitle}>{text.journeys.share}</abbr>
            </th>
            <th scope="col" className="number">
              {text.journeys.frictionThere}
            </th>
            <th scope="col">
              <span className="vh">{text.journeys.focus}</span>
            </th>
          </tr>
        </thead>
        <tbody data-rows>
          {rows.map(({ source, target, hidden, sessions, back }) => {
            const base = nodes.get(source)?.sessions ?? null;
            const score = nodes.get(target)?.score ?? null;
            return (
              <tr key={`${source} ${target} ${String(back)}`} className={hidden ? "hatched" : ""}>
                <th scope="row">
                  <span className="way">
                    <RouteLink page={source} />
                    <span aria-hidden="true"> → </span>
                    <span className="vh"> {text.to} </span>
                    <RouteLink page={target} />
                    {back && <span className="tag">{text.journeys.backTag}</span>}
                  </span>
                </th>
                {hidden || sessions === null ? (
                  <td colSpan={4}>{hidden && <Hidden why={hidden} />}</td>
                ) : (
                  <>
                    <td className="number" data-label={text.measure.sessions}>
                      {format.count(sessions)}
                    </td>
                    <td className="number" data-label={text.journeys.share}>
                      {base ? (
                        <>
                          {format.percent(Math.min(1, sessions / base), base)}{" "}
                          <span className="muted">
                            {text.of} {format.count(base)}
                          </span>
                        </>
                      ) : (
                        <span className="muted">{text.hidden.word}</span>
                      )}
                    </td>
                    <td className="number" data-label={text.journeys.frictionThere}>
                      {score === null ? <span className="muted">–</span> : <Score value={score} />}
                    </td>
                    <td className="number phone-off">
                      <a
                        className="button ghost small"
                        href={addressOf(adjusted(place, { focus: target, view: null }))}
                      >
                        {text.journeys.focus}
                      </a>
                    </td>
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
