/** Good, confused, bad: shares and counts of the taps. */

import type { SentimentPoint } from "../../api/types.gen";
import { REACTIONS } from "../../lib/signals";
import { tapsOf, total } from "../../lib/taps";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Hidden } from "../../ui/Hidden";
import { Icon } from "../../ui/Icon";
import { Link } from "../../ui/Link";
import { Panel } from "../../ui/Panel";
import { ReactionBar } from "../../ui/ReactionBar";

export function SentimentPanel({ point }: { point: SentimentPoint }) {
  const text = useText();
  const { format } = useView();
  const taps = tapsOf(point);
  const base = taps ? total(taps) : 0;
  const names = {
    thumbs_up: text.measure.good,
    confused: text.measure.confused,
    thumbs_down: text.measure.bad,
  };
  return (
    <Panel
      title={text.overview.sentiment}
      caption={taps && base > 0 ? text.count.taps(base, format.count(base)) : null}
      tools={
        <Link to="sentiment" className="button ghost">
          {text.overview.open}
        </Link>
      }
    >
      <div className="panel-body">
        {!taps && point.hidden && <Hidden why={point.hidden} />}
        {taps && base === 0 && <p className="muted">{text.overview.noTaps}</p>}
        {taps && base > 0 && (
          <>
            <ReactionBar taps={taps} />
            <table className="tight">
              <tbody>
                {[...REACTIONS].reverse().map((name) => (
                  <tr key={name}>
                    <th scope="row">
                      <Icon name={name} className={name} /> {names[name]}
                    </th>
                    <td className="number strong">{format.percent(taps[name] / base, base)}</td>
                    <td className="number muted" data-testid={`kpi-${name}`}>
                      {format.count(taps[name])}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </div>
    </Panel>
  );
}
