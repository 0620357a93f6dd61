/** How visitors of one project chose, and what was not observed because of it. */

import type { ProjectConsent } from "../../api/types.gen";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CardTable } from "../../ui/CardTable";
import { Icon } from "../../ui/Icon";

const STATES = ["granted", "denied", "withdrawn", "pending"] as const;

export function Choices({ of }: { of: ProjectConsent }) {
  const { privacy } = useText();
  const { format } = useView();
  const all = Object.values(of.choices).reduce((sum, count) => sum + (count ?? 0), 0);
  const known = STATES.filter((state) => state in of.choices || state in of.hidden);
  const whole = Object.keys(of.hidden).length === 0;
  if (known.length === 0) return <p className="panel-text">{privacy.noChoice}</p>;
  return (
    <CardTable
      label={privacy.choices}
      columns={[
        { head: privacy.choice },
        { head: privacy.count, number: true },
        { head: privacy.share, number: true },
        { head: privacy.meaning },
      ]}
    >
      {known.map((state) => {
        const count = of.choices[state];
        return (
          <tr
            key={state}
            className={count === undefined ? "hatched" : ""}
            data-testid="choice"
            data-state={state}
          >
            <th scope="row">{privacy.states[state]}</th>
            <td className="number" data-label={privacy.count}>
              {count === undefined ? (
                <span title={privacy.hidden(format.count(of.k))}>
                  <Icon name="hidden" /> {privacy.hidden(format.count(of.k))}
                </span>
              ) : (
                format.count(count)
              )}
            </td>
            <td className="number" data-label={privacy.share}>
              {count !== undefined && whole && all > 0 && format.percent(count / all, all)}
            </td>
            <td data-label={privacy.meaning}>{privacy.meanings[state]}</td>
          </tr>
        );
      })}
    </CardTable>
  );
}
