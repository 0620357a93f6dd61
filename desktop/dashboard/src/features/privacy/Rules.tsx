/** The regional rules of each edge, and how long each project's events stay. */

import type { Retention, RulesInForce } from "../../api/types.gen";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CardTable } from "../../ui/CardTable";
import { CopyLine } from "../../ui/Copy";

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
    <CardTable
      label={privacy.rules}
      columns={[
        { head: sites.edge },
        { head: privacy.law },
        { head: privacy.model },
        { head: privacy.rawDays, number: true },
        { head: "k", number: true, title: privacy.kTitle },
        { head: privacy.residency },
        { head: privacy.tightened },
        { head: privacy.held },
      ]}
    >
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
    </CardTable>
  );
}

export function Kept({ rows }: { rows: readonly Retention[] }) {
  const { privacy, project } = useText();
  const { format } = useView();
  return (
    <CardTable
      label={privacy.retention}
      columns={[
        { head: project.label },
        { head: privacy.rawDays, number: true },
        { head: privacy.aggDays, number: true },
        { head: privacy.oldest },
        { head: privacy.verdict },
      ]}
    >
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
            {one.overdue === null ? privacy.unknown : one.overdue ? privacy.tooOld : privacy.inTime}
          </td>
        </tr>
      ))}
    </CardTable>
  );
}
