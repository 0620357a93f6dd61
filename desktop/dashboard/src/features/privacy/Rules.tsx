/** The regional rules of each edge, and how long each project's events stay. */

import type { Retention, RulesInForce } from "../../api/types.gen";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CopyLine } from "../../ui/Copy";
import { Scroll } from "../../ui/Scroll";

export function Rules({ rows }: { rows: readonly RulesInForce[] }) {
  const { privacy, sites } = useText();
  const { format } = useView();
  if (rows.length === 0) {
    return (
      <div className="state">
        <p>{sites.none}</p>
        <CopyLine>flowback enroll --help</CopyLine>
      </div>
    );
  }
  return (
    <Scroll label={privacy.rules}>
      <table className="lined cards">
        <caption className="vh">{privacy.rules}</caption>
        <thead>
          <tr>
            <th scope="col">{sites.edge}</th>
            <th scope="col">{privacy.law}</th>
            <th scope="col">{privacy.model}</th>
            <th scope="col" className="number">
              {privacy.rawDays}
            </th>
            <th scope="col" className="number">
              <abbr title={privacy.kTitle}>k</abbr>
            </th>
            <th scope="col">{privacy.residency}</th>
            <th scope="col">{privacy.tightened}</th>
            <th scope="col">{privacy.held}</th>
          </tr>
        </thead>
        <tbody data-rows>
          {rows.map((one) => (
            <tr key={one.node} data-testid="rules">
              <th scope="row">{one.edge || one.node}</th>
              <td data-label={privacy.law}>
                {one.rules.row} <span className="muted">· {one.law}</span>
              </td>
              <td data-label={privacy.model}>
                {one.rules.captureBeforeChoice ? privacy.observed : privacy.nothing}
              </td>
              <td className="number" data-label={privacy.rawDays}>
                {format.count(one.rules.rawDays)}
              </td>
              <td className="number" data-label="k">
                {format.count(one.rules.kMin)}
              </td>
              <td data-label={privacy.residency}>{privacy.residencies[one.rules.residency]}</td>
              <td data-label={privacy.tightened}>
                {Object.keys(one.tightened).length === 0 && (
                  <span className="muted">{privacy.nothingStricter}</span>
                )}
                {Object.entries(one.tightened).map(([field, value]) => (
                  <div key={field}>
                    <code>
                      {field} = {String(value)}
                    </code>
                  </div>
                ))}
              </td>
              <td data-label={privacy.held}>
                {privacy.known[one.known]}
                {one.complaints.map((why) => (
                  <div className="worse" key={why}>
                    {why}
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Kept({ rows }: { rows: readonly Retention[] }) {
  const { privacy, project } = useText();
  const { format } = useView();
  return (
    <Scroll label={privacy.retention}>
      <table className="lined cards">
        <caption className="vh">{privacy.retention}</caption>
        <thead>
          <tr>
            <th scope="col">{project.label}</th>
            <th scope="col" className="number">
              {privacy.rawDays}
            </th>
            <th scope="col" className="number">
              {privacy.aggDays}
            </th>
            <th scope="col">{privacy.oldest}</th>
            <th scope="col">{privacy.verdict}</th>
          </tr>
        </thead>
        <tbody data-rows>
          {rows.map((one) => (
            <tr key={one.project} data-testid="retention">
              <th scope="row">{one.project}</th>
              <td className="number" data-label={privacy.rawDays}>
                {format.count(one.rawDays)}
              </td>
              <td className="number" data-label={privacy.aggDays}>
                {format.count(one.aggDays)}
              </td>
              <td data-label={privacy.oldest}>
                {one.oldestDay === null ? (
                  <span className="muted">{privacy.noDay}</span>
                ) : (
                  format.dayYear(Date.parse(`${one.oldestDay}T12:00:00Z`))
                )}
              </td>
              <td data-label={privacy.verdict} className={one.overdue ? "worse" : ""}>
                {one.overdue === null
                  ? privacy.unknown
                  : one.overdue
                    ? privacy.tooOld
                    : privacy.inTime}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
