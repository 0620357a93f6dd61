/** Five figures, each with its base, its interval and its change. */

import type { ReactNode } from "react";
import type { Interval, Overview } from "../../api/types.gen";
import { change, share } from "../../lib/statistics";
import { tapsOf, total } from "../../lib/taps";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Change } from "../../ui/Change";
import { Hidden } from "../../ui/Hidden";

interface FigureProps {
  name: string;
  testid: string;
  value: ReactNode;
  base?: ReactNode;
  moved?: ReactNode;
}

function Figure({ name, testid, value, base, moved }: FigureProps) {
  return (
    <div className="figure">
      <h2>{name}</h2>
      <p className="figure-value" data-testid={testid}>
        {value}
      </p>
      <p className="figure-base">{base}</p>
      <p className="figure-change">{moved}</p>
    </div>
  );
}

interface Shares {
  good: Interval | null;
  taps: number;
  response: Interval | null;
  consent: Interval | null;
  choices: number;
}

function sharesOf({ sentiment, asked, consent }: Overview): Shares {
  const taps = tapsOf(sentiment);
  const answered = taps ? total(taps) : 0;
  const granted = consent.granted ?? 0;
  const choices = granted + (consent.denied ?? 0) + (consent.withdrawn ?? 0);
  return {
    good: taps && share(taps.thumbs_up, answered),
    taps: answered,
    // A tap can answer a question asked before the period.
    response: taps && asked !== null ? share(Math.min(answered, asked), asked) : null,
    consent: share(granted, choices),
    choices,
  };
}

interface Props {
  now: Overview;
  before: Overview | null;
  compared: boolean;
}

export function KeyFigures({ now, before, compared }: Props) {
  const text = useText();
  const { format } = useView();
  const { overview } = text;
  const shares = sharesOf(now);
  const then = before && sharesOf(before);
  const none = <span className="muted">{text.state.none}</span>;
  const noBefore = compared && <span className="same">{text.state.noBefore}</span>;
  const moved = (
    a: Interval | null,
    b: Interval | null | undefined,
    more: "worse" | "better" | "neutral",
    points: boolean,
  ) => {
    if (!compared || !a) return null;
    if (!b) return null;
    const write = points ? (v: number) => text.measure.points(format.points(v)) : format.mean;
    return <Change change={change(a, b)} write={write} more={more} />;
  };
  const percent = (of: Interval | null, base: number) =>
    of ? format.percent(of.value, base) : none;
  const range = (of: Interval, base: number) => format.percentRange(of, base, text.to);

  const sessions = now.scope.sessions ?? 0;
  const sessionsThen = before?.scope.sessions ?? null;
  const grown = sessionsThen ? (sessions - sessionsThen) / sessionsThen : null;
  return (
    <section className="panel figures" aria-label={overview.keyFigures}>
      <Figure
        name={overview.sessions}
        testid="kpi-sessions"
        value={format.count(sessions)}
        base={overview.sessionsBase}
        moved={
          grown === null ? (
            noBefore
          ) : (
            <>
              {format.signed(grown, (v) => format.percent(v, sessionsThen ?? 0))}{" "}
              <span className="muted">{overview.from(format.count(sessionsThen ?? 0))}</span>
            </>
          )
        }
      />
      <Figure
        name={overview.friction}
        testid="kpi-friction"
        value={now.score ? format.mean(now.score.value) : none}
        base={
          now.score && text.measure.range(format.mean(now.score.low), format.mean(now.score.high))
        }
        moved={moved(now.score, before?.score, "worse", false)}
      />
      <Figure
        name={overview.good}
        testid="kpi-good"
        value={
          now.sentiment.hidden ? (
            <Hidden why={now.sentiment.hidden} />
          ) : (
            percent(shares.good, shares.taps)
          )
        }
        base={
          shares.good &&
          overview.ofTaps(
            range(shares.good, shares.taps),
            text.count.taps(shares.taps, format.count(shares.taps)),
          )
        }
        moved={moved(shares.good, then?.good, "better", true)}
      />
      <Figure
        name={overview.response}
        testid="kpi-response"
        value={percent(shares.response, now.asked ?? 0)}
        base={
          shares.response &&
          overview.ofTaps(
            range(shares.response, now.asked ?? 0),
            overview.asked(format.count(now.asked ?? 0)),
          )
        }
        moved={moved(shares.response, then?.response, "neutral", true)}
      />
      <Figure
        name={overview.consent}
        testid="kpi-consent"
        value={percent(shares.consent, shares.choices)}
        base={
          shares.consent &&
          `${text.of} ${text.count.choices(shares.choices, format.count(shares.choices))}`
        }
        moved={
          shares.consent &&
          overview.notObserved(format.percent(1 - shares.consent.value, shares.choices))
        }
      />
    </section>
  );
}
