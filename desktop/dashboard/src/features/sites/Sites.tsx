/** Each edge: how far behind it is, what it still holds, what it lost, how old its key is. */

import { questions } from "../../api/client";
import type { Edge } from "../../api/types.gen";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CardTable } from "../../ui/CardTable";
import { CopyLine } from "../../ui/Copy";
import { CsvTool } from "../../ui/Panel";
import { Region } from "../../ui/States";
import { Agents } from "./Agents";

const LAMPS: Record<Edge["state"], string> = {
  current: "",
  behind: "warn",
  away: "off",
  never: "off",
};
const HOUR = 3_600_000;

function useWritten() {
  const text = useText();
  const { format, now } = useView();
  const unmeasured = <span className="muted">{text.state.unmeasured}</span>;
  return {
    duration: (ms: number | null) => (ms === null ? unmeasured : format.duration(ms)),
    count: (n: number | null) => (n === null ? unmeasured : format.count(n)),
    /** Relative under an hour, absolute after; the title has it exactly. */
    moment: (at: number | null) =>
      at === null ? (
        unmeasured
      ) : (
        <time dateTime={new Date(at).toISOString()} title={format.full(at)}>
          {now - at < HOUR ? format.duration(Math.max(0, now - at)) : format.when(at, now)}
        </time>
      ),
    age: (at: number | null) => (at === null ? unmeasured : format.duration(Math.max(0, now - at))),
  };
}

function Row({ edge }: { edge: Edge }) {
  const text = useText();
  const written = useWritten();
  return (
    <tr data-testid="edge" data-node={edge.node}>
      <th scope="row">
        <span className="place">
          <span className="given">{edge.name || edge.node}</span>
          <code className="where" title={edge.node}>
            {edge.node}
          </code>
        </span>
      </th>
      <td data-label={text.sites.state}>
        <span className="lamp-line">
          <i className={`lamp ${LAMPS[edge.state]}`} />
          {text.sites.states[edge.state]}
        </span>
        {edge.problem && <div className="worse">{edge.problem}</div>}
        {edge.control.state === "behind" && <div className="muted">{text.sites.controlBehind}</div>}
        {edge.control.state === "ahead" && <div className="worse">{text.sites.controlAhead}</div>}
        {edge.control.complaints.map((why) => (
          <div className="worse" key={why}>
            {why}
          </div>
        ))}
      </td>
      <td data-label={text.sites.site}>
        {edge.site || <span className="muted">{text.state.none}</span>}
        {edge.region && <span className="muted"> · {edge.region}</span>}
      </td>
      <td className="number" data-label={text.sites.seen}>
        {written.moment(edge.seen)}
      </td>
      <td className="number" data-label={text.sites.lag}>
        {written.duration(edge.lagMs)}
      </td>
      <td className="number" data-label={text.sites.backlog}>
        {written.count(edge.backlog)}
      </td>
      <td className="number" data-label={text.sites.events}>
        {written.count(edge.events)}
      </td>
      <td className={`number ${edge.gaps === 0 ? "zero" : "worse"}`} data-label={text.sites.gaps}>
        {written.count(edge.gaps)}
      </td>
      <td className="number" data-label={text.sites.key}>
        {written.age(edge.keyMade)}
      </td>
      <td className="number" data-label={text.sites.version}>
        {edge.version ?? <span className="muted">{text.state.unmeasured}</span>}
      </td>
    </tr>
  );
}

export default function Sites() {
  const text = useText();
  const { project, format } = useView();
  const { sites } = text;
  const question = questions.edges({ projectId: project.id });
  const answer = useAnswer(question);
  const rows = answer.data?.rows ?? [];
  const current = rows.filter(({ state }) => state === "current").length;
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.sites}</h1>
          {rows.length > 0 && (
            <p className="lead">
              {sites.finding(
                format.count(current),
                text.count.edges(rows.length, format.count(rows.length)),
              )}
            </p>
          )}
        </div>
        <div className="page-tools">
          <CsvTool of={question} name="edges" wide />
        </div>
      </header>
      <section className="panel" aria-label={sites.table}>
        <Region answer={answer} scope={() => null} rows={4}>
          {() =>
            rows.length === 0 ? (
              <div className="state">
                <p>{sites.none}</p>
                <CopyLine>flowback enroll --help</CopyLine>
              </div>
            ) : (
              <CardTable
                label={sites.table}
                columns={[
                  { head: sites.edge },
                  { head: sites.state },
                  { head: `${sites.site} · ${sites.region}` },
                  { head: sites.seen, number: true },
                  { head: sites.lag, number: true },
                  { head: sites.backlog, number: true },
                  { head: sites.events, number: true },
                  { head: sites.gaps, number: true, title: sites.gapsTitle },
                  { head: sites.key, number: true },
                  { head: sites.version, number: true },
                ]}
                className="sites-table"
              >
                {rows.map((edge) => (
                  <Row key={edge.node} edge={edge} />
                ))}
              </CardTable>
            )
          }
        </Region>
      </section>
      <p className="footnote">{sites.caption}</p>
      <Agents />
    </>
  );
}
