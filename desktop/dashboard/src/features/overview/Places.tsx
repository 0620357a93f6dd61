/** The pages that hurt most, on one axis. */

import { questions } from "../../api/client";
import type { Hotspots } from "../../api/types.gen";
import { keyOf, scoreAxisEnd } from "../../lib/places";
import type { Answer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Hidden } from "../../ui/Hidden";
import { Link } from "../../ui/Link";
import { Mark, MarkAxis, type Tick } from "../../ui/Mark";
import { CsvTool, Panel } from "../../ui/Panel";
import { PlaceName } from "../../ui/PlaceName";
import { Score } from "../../ui/Score";
import { Region } from "../../ui/States";

const SHOWN = 6;

function Table({ data }: { data: Hotspots }) {
  const text = useText();
  const { format } = useView();
  const rows = data.rows.slice(0, SHOWN);
  const axis = { low: 0, high: scoreAxisEnd(rows), mean: data.mean };
  const ticks: Tick[] = [0, axis.high / 2, axis.high].map((at) => ({ at, text: format.axis(at) }));
  if (data.mean !== null) ticks.push({ at: data.mean, text: text.measure.mean, strong: true });
  return (
    <table className="lined">
      <thead>
        <tr>
          <th scope="col">{text.measure.place}</th>
          <th scope="col" className="number">
            {text.measure.friction}
          </th>
          <th scope="col" className="mark-column phone-off">
            <MarkAxis axis={axis} ticks={ticks} />
          </th>
          <th scope="col" className="number phone-off">
            {text.measure.surety}
          </th>
          <th scope="col" className="number">
            {text.measure.exposed}
          </th>
        </tr>
      </thead>
      <tbody data-rows>
        {rows.map((place) => (
          <tr key={keyOf(place)} className={place.hidden ? "hatched" : ""}>
            <th scope="row">
              <PlaceName place={place} />
            </th>
            {place.hidden || !place.score ? (
              <td colSpan={4}>{place.hidden && <Hidden why={place.hidden} />}</td>
            ) : (
              <>
                <td className="number">
                  <Score value={place.score.value} />
                </td>
                <td className="phone-off">
                  <Mark of={place.score} axis={axis} colour="friction" />
                </td>
                <td className="number muted phone-off">
                  {format.score(place.score.low)}–{format.score(place.score.high)}
                </td>
                <td className="number">{format.count(place.sessions ?? 0)}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Places({ answer }: { answer: Answer<Hotspots> }) {
  const text = useText();
  const { query } = useView();
  return (
    <Panel
      title={text.overview.places}
      caption={text.overview.placesCaption}
      tools={
        <>
          <CsvTool of={questions.hotspots(query, "page")} name="hotspots" />
          <Link to="hotspots" className="button ghost">
            {text.overview.allPlaces}
          </Link>
        </>
      }
    >
      <Region answer={answer} scope={({ scope }) => scope}>
        {(data) => <Table data={data} />}
      </Region>
    </Panel>
  );
}
