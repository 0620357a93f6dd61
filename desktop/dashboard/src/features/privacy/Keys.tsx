/** Every key of the link, and what became of each. */

import type { AuditRow, Key } from "../../api/types.gen";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CardTable } from "../../ui/CardTable";

export function Keys({ rows, history }: { rows: readonly Key[]; history: readonly AuditRow[] }) {
  const { privacy } = useText();
  const { format } = useView();
  return (
    <>
      <CardTable
        label={privacy.keys}
        columns={[
          { head: privacy.of },
          { head: privacy.fingerprint },
          { head: privacy.made },
          { head: privacy.verdict },
        ]}
      >
        {rows.map((key) => (
          <tr key={key.fingerprint} data-testid="key">
            <th scope="row">{key.of}</th>
            <td data-label={privacy.fingerprint}>
              <code>{key.fingerprint}</code>
            </td>
            <td data-label={privacy.made}>{format.dayYear(key.made)}</td>
            <td data-label={privacy.verdict}>
              {privacy.keyStates[key.state]}
              {key.revoked !== null && ` · ${format.dayYear(key.revoked)}`}
            </td>
          </tr>
        ))}
      </CardTable>
      {history.length > 0 && (
        <details className="panel-text">
          <summary>{privacy.history(format.count(history.length))}</summary>
          <ul className="plain">
            {[...history].reverse().map((row) => (
              <li key={row.n}>
                <time dateTime={new Date(row.at).toISOString()}>{format.full(row.at)}</time>
                {` · ${row.who} · `}
                <code>{row.what}</code> <span className="muted">{JSON.stringify(row.about)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
