/** An opened place: why it scores as it does, what sessions share there, where they went next. */

import { questions } from "../../api/client";
import type { Hotspot, Journeys, Pattern } from "../../api/types.gen";
import { FRICTION_SIGNALS, REACTIONS } from "../../lib/signals";
import { tapsOn, total } from "../../lib/taps";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Icon } from "../../ui/Icon";
import { Link, RouteLink } from "../../ui/Link";
import { Mark } from "../../ui/Mark";
import { Steps } from "../../ui/Steps";

function Why({ place }: { place: Hotspot }) {
  const text = useText();
  const { format } = useView();
  const parts = FRICTION_SIGNALS.map((name) => ({
    name,
    part: place.contributions[name] ?? 0,
    count: place.signals[name] ?? 0,
  }))
    .filter(({ part, count }) => part > 0 || count > 0)
    .sort((a, b) => b.part - a.part);
  const most = Math.max(0.001, ...parts.map(({ part }) => part));
  const score = place.score ? format.score(place.score.value) : "";
  return (
    <section>
      <h2>{text.hotspots.why(score)}</h2>
      {parts.length === 0 && <p className="muted">{text.hotspots.noSignals}</p>}
      <table className="parts">
        <tbody>
          {parts.map(({ name, part, count }) => (
            <tr key={name}>
              <th scope="row">{text.signal[name]}</th>
              <td className="part-bar" aria-hidden="true">
                <span style={{ inlineSize: `${(part / most) * 100}%` }} />
              </td>
              <td className="number" data-contribution={name}>
                {format.mean(part)}
              </td>
              <td className="number muted">× {format.count(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {place.score && (
        <p>
          {text.measure.interval(format.score(place.score.low), format.score(place.score.high))}.{" "}
          {place.sessionScore !== null && (
            <span data-testid="session-score">
              {text.hotspots.sessionMean(format.score(place.sessionScore))}
            </span>
          )}{" "}
          {text.hotspots.shrunk}
        </p>
      )}
      <p className="muted">{text.hotspots.whyNote}</p>
      <Measured place={place} />
    </section>
  );
}

/** What visitors who were asked said of the signals here, and what that makes of the score. */
function Measured({ place }: { place: Hotspot }) {
  const text = useText();
  const { format } = useView();
  const judged = FRICTION_SIGNALS.flatMap((name) => {
    const of = place.precisions[name];
    return of ? [{ name, of }] : [];
  });
  return (
    <>
      <h2>{text.precision.title}</h2>
      {judged.length === 0 && <p className="muted">{text.precision.none}</p>}
      <ul className="verdicts" data-testid="precisions">
        {judged.map(({ name, of }) => (
          <li key={name} data-precision={name}>
            <span>
              {text.signal[name]} <strong>{format.percent(of.value, of.verdicts)}</strong>{" "}
              <span className="muted">
                {format.percentRange(of, of.verdicts, text.measure.toWord)}
              </span>
            </span>
            <Mark of={of} axis={{ low: 0, high: 1, mean: null }} />
            <span className="muted">
              {text.precision.said(
                format.count(of.confirmed),
                text.precision.verdicts(of.verdicts, format.count(of.verdicts)),
              )}{" "}
              {of.weight < 1 && text.precision.weight(format.score(of.weight))}
            </span>
          </li>
        ))}
      </ul>
      <p className="muted">{text.precision.note}</p>
    </>
  );
}

/** The most shared pattern that touches the place. */
export function patternOf(patterns: readonly Pattern[], place: Hotspot): Pattern | null {
  const touches = ({ hidden, page, steps }: Pattern) =>
    hidden === null &&
    (place.target === null
      ? page === place.page || steps.some((step) => step.page === place.page)
      : steps.some((step) => step.page === place.page && step.target === place.target));
  return (
    patterns.find((one) => touches(one) && one.page === place.page) ??
    patterns.find(touches) ??
    null
  );
}

function Shared({ place }: { place: Hotspot }) {
  const text = useText();
  const { query, format } = useView();
  const answer = useAnswer(questions.evidence({ ...query, page: place.page }));
  const pattern = patternOf(answer.data?.rows ?? [], place);
  if (answer.data === null) return <section className="waiting" />;
  const n = pattern?.sessions ?? 0;
  return (
    <section>
      <h2>
        {pattern
          ? text.hotspots.shared(text.count.sessions(n, format.count(n)))
          : text.pages.evidence}
      </h2>
      {pattern ? (
        <>
          <Steps steps={pattern.steps.slice(0, 8)} />
          <p className="muted">{text.hotspots.sharedNote}</p>
        </>
      ) : (
        <p className="muted">{text.hotspots.sharedNone}</p>
      )}
    </section>
  );
}

/** The ways on from a page, most used first. */
export function waysFrom({ links }: Journeys, page: string) {
  return links
    .flatMap(({ source, target, hidden, sessions, back }) =>
      source === page && hidden === null && sessions !== null ? [{ target, sessions, back }] : [],
    )
    .sort((a, b) => b.sessions - a.sessions);
}

function Next({ place }: { place: Hotspot }) {
  const text = useText();
  const { query, format } = useView();
  const answer = useAnswer(questions.journeys({ ...query, page: null }));
  const ways = answer.data ? waysFrom(answer.data, place.page).slice(0, 5) : [];
  const most = Math.max(1, ...ways.map(({ sessions }) => sessions));
  const taps = tapsOn(place);
  return (
    <section>
      <h2>{text.hotspots.next}</h2>
      {ways.length === 0 && answer.data && <p className="muted">{text.hotspots.nextNone}</p>}
      <ul className="ways">
        {ways.map(({ target, sessions, back }) => (
          <li key={`${target}${String(back)}`}>
            <span className="way-bar" style={{ inlineSize: `${(sessions / most) * 100}%` }} />
            <RouteLink page={target} className="route plain" />
            {back && <span className="muted">, {text.hotspots.backWord}</span>}
            <span className="number">{format.count(sessions)}</span>
          </li>
        ))}
      </ul>
      {total(taps) > 0 && (
        <>
          <h2>{text.hotspots.reactions}</h2>
          <p className="taps">
            {[...REACTIONS].reverse().map((name) => (
              <span key={name} title={name}>
                <Icon name={name} className={name} />
                {format.count(taps[name])}
                <span className="vh">{name}</span>
              </span>
            ))}
          </p>
        </>
      )}
      <p className="details-links">
        <Link to="evidence" filters={{ page: place.page }} className="button">
          {text.hotspots.evidence}
        </Link>
        <Link to="journeys" local={{ focus: place.page }} className="button">
          {text.hotspots.journeys}
        </Link>
      </p>
    </section>
  );
}

export function Details({ place }: { place: Hotspot }) {
  return (
    <div className="details" data-testid="hotspot-details">
      <Why place={place} />
      <Shared place={place} />
      <Next place={place} />
    </div>
  );
}
