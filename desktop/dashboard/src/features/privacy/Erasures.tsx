/** The receipts of erasures; a session is named by the hash of its id alone. */

import type { Erasure, ErasuresWaiting } from "../../api/types.gen";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CardTable } from "../../ui/CardTable";

const SHOWN = 100;

export function Erasures({
  rows,
  waiting,
}: {
  rows: readonly Erasure[];
  waiting: ErasuresWaiting;
}) {
  const { privacy, project } = useText();
  const { format } = useView();
  const newest = [...rows].reverse().slice(0, SHOWN);
  return (
    <>
      <p className="panel-text">
        {rows.length === 0 && `${privacy.noErasure} `}
        {waiting.claims + waiting.errands > 0 &&
          privacy.waiting(format.count(waiting.claims), format.count(waiting.errands))}
      </p>
      {newest.length > 0 && (
        <CardTable
          label={privacy.erasures}
          columns={[
            { head: privacy.heard },
            { head: project.label },
            { head: privacy.sessionHash },
            { head: privacy.verdict },
          ]}
        >
          {newest.map((one) => (
            <tr key={one.project + one.sessionHash} data-testid="erasure">
              <th scope="row">
                <time dateTime={new Date(one.heard).toISOString()}>{format.full(one.heard)}</time>
              </th>
              <td data-label={project.label}>{one.project}</td>
              <td data-label={privacy.sessionHash}>
                <code title={one.sessionHash}>{one.sessionHash.slice(0, 16)}…</code>
              </td>
              <td data-label={privacy.verdict}>{privacy.erasureStates[one.state]}</td>
            </tr>
          ))}
        </CardTable>
      )}
      {rows.length > SHOWN && (
        <p className="panel-text">{privacy.more(format.count(rows.length))}</p>
      )}
    </>
  );
}
