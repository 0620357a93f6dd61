/** What changed against the period before, each with how sure that is. */

import type { Hotspots } from "../../api/types.gen";
import { keyOf, moved } from "../../lib/places";
import type { Answer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Change } from "../../ui/Change";
import { Mark, MarkAxis } from "../../ui/Mark";
import { Panel } from "../../ui/Panel";
import { PlaceName } from "../../ui/PlaceName";

const SHOWN = 5;

interface Props {
  now: Answer<Hotspots>;
  before: Answer<Hotspots>;
}

export function Moved({ now, before }: Props) {
  const text = useText();
  const { format } = useView();
  const rows = moved(now.data?.rows ?? [], before.data?.rows ?? []).slice(0, SHOWN);
  const most = Math.max(0.05, ...rows.flatMap(({ change }) => [-change.low, change.high]));
  const end = Math.ceil(most * 20 - 1e-9) / 20;
  const axis = { low: -end, high: end, mean: 0 };
  const ticks = [-end, 0, end].map((at) => ({ at, text: format.signed(at, format.axis) }));
  if (before.data?.scope.sessions === 0) return null;
  if (rows.length === 0 && (now.data === null || (before.data === null && !before.error)))
    return null;
  return (
    <Panel title={text.overview.moved} caption={text.overview.movedCaption}>
      {rows.length === 0 ? (
        <p className="state muted">{text.overview.movedNone}</p>
      ) : (
        <table className="lined">
          <thead>
            <tr>
              <th scope="col">{text.measure.place}</th>
              <th scope="col" className="number phone-off">
                {text.measure.friction}
              </th>
              <th scope="col" className="mark-column phone-off">
                <MarkAxis axis={axis} ticks={ticks} />
              </th>
              <th scope="col" className="number">
                {text.measure.change}
              </th>
            </tr>
          </thead>
          <tbody data-rows>
            {rows.map(({ place, score, change }) => (
              <tr key={keyOf(place)}>
                <th scope="row">
                  <PlaceName place={place} />
                </th>
                <td className="number phone-off">{format.score(score.value)}</td>
                <td className="phone-off">
                  <Mark of={change} axis={axis} solid />
                </td>
                <td className="number">
                  <Change change={change} write={format.score} more="worse" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
