/** The answer first: one sentence that says what hurts most, and the base it stands on. */

import type { Hotspot, Overview } from "../../api/types.gen";
import { keyOf, moved, nameOf } from "../../lib/places";
import { FRICTION_SIGNALS } from "../../lib/signals";
import { isClear } from "../../lib/statistics";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Link } from "../../ui/Link";

interface Props {
  overview: Overview;
  places: readonly Hotspot[];
  mean: number | null;
  before: readonly Hotspot[];
}

/** The signal with the largest part of a place's score. */
function largestPart({ contributions }: Hotspot): string | null {
  const parts = FRICTION_SIGNALS.map((name) => [name, contributions[name] ?? 0] as const);
  const [name, part] = parts.reduce((most, one) => (one[1] > most[1] ? one : most));
  return part > 0 ? name : null;
}

export function Finding({ overview, places, mean, before }: Props) {
  const text = useText();
  const { format } = useView();
  const { worst, score } = overview;
  const sessions = (n: number) => text.count.sessions(n, format.count(n));
  // A page is compared with the mean of pages; the mean of sessions is another figure.
  const average = mean;
  if (!worst?.score || (average !== null && worst.score.low <= average && places.length > 1)) {
    return (
      <div className="opening">
        <p className="finding" data-testid="finding">
          {text.overview.calm}
        </p>
        {score && (
          <p className="lead">
            {text.overview.meanSub(
              format.mean(score.value),
              format.mean(score.low),
              format.mean(score.high),
              sessions(overview.scope.sessions ?? 0),
            )}
          </p>
        )}
      </div>
    );
  }
  const [step] = moved([worst], before).filter(({ change }) => isClear(change));
  const then = step ? format.score(step.score.value - step.change.value) : null;
  const worse = step !== undefined && step.change.value > 0;
  const part = largestPart(worst);
  return (
    <div className="opening">
      <p className="finding" data-testid="finding">
        <Link
          to="hotspots"
          local={{ open: keyOf(worst), ...(worst.target !== null && { by: "element" }) }}
        >
          {nameOf(worst)}
        </Link>
        {text.overview.hurtsMost}
        {then === null ? (
          text.overview.worst(
            format.score(worst.score.value),
            average === null ? "–" : format.mean(average),
          )
        ) : (
          <>
            {worse ? text.overview.worse(then) : text.overview.better(then)}
            <em className={worse ? "worse" : "better"}>{format.score(worst.score.value)}</em>.
          </>
        )}
      </p>
      <p className="lead">
        {text.overview.sub(
          format.score(worst.score.low),
          format.score(worst.score.high),
          sessions(worst.sessions ?? 0),
        )}{" "}
        {part && text.overview.largest(text.signal[part] ?? part)}{" "}
        <Link to="evidence" filters={{ page: worst.page }}>
          {text.overview.seeWhy}
        </Link>
      </p>
    </div>
  );
}
