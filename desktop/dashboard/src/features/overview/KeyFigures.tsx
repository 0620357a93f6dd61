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

function SessionsFigure({ now, before, compared }: Props) {
  const text = useText();
  const { format } = useView();
  const sessions = now.scope.sessions ?? 0;
  const then = before?.scope.sessions ?? 0;
  const share = (value: number) => format.percent(value, then);
  const moved = then > 0 && (
    <>
      {format.signed((sessions - then) / then, share)}{" "}
      <span className="muted">{text.overview.from(format.count(then))}</span>
    </>
  );
  const none = compared && <span className="same">{text.state.noBefore}</span>;
  return (
    <Figure
      name={text.overview.sessions}
      testid="kpi-sessions"
      value={format.count(sessions)}
      base={text.overview.sessionsBase}
      moved={moved || none}
    />
  );
}

function FrictionFigure({ now, before }: Props) {
  const text = useText();
  const { format } = useView();
  const { score } = now;
  return (
    <Figure
      name={text.overview.friction}
      testid="kpi-friction"
      value={score ? format.mean(score.value) : <None />}
      base={score && text.measure.range(format.mean(score.low), format.mean(score.high))}
      moved={
        score &&
        before?.score && (
          <Change change={change(score, before.score)} write={format.mean} more="worse" />
        )
      }
    />
  );
}

function None() {
  return <span className="muted">{useText().state.none}</span>;
}

interface ShareProps {
  name: string;
  testid: string;
  of: Interval | null;
  base: number;
  /** What the base is, as words. */
  baseText: string;
  then: Interval | null | undefined;
  more: "better" | "neutral";
  hidden?: Overview["sentiment"]["hidden"];
}

function ShareFigure({ name, testid, of, base, baseText, then, more, hidden }: ShareProps) {
  const text = useText();
  const { format } = useView();
  const points = (value: number) => text.measure.points(format.points(value));
  const value = of ? format.percent(of.value, base) : <None />;
  return (
    <Figure
      name={name}
      testid={testid}
      value={hidden ? <Hidden why={hidden} /> : value}
      base={of && text.overview.ofTaps(format.percentRange(of, base, text.to), baseText)}
      moved={
        of &&
        then && (
          <Change change={change(of, then)} write={points} writeEnd={format.points} more={more} />
        )
      }
    />
  );
}

export function KeyFigures(props: Props) {
  const text = useText();
  const { format } = useView();
  const { now, before } = props;
  const { overview } = text;
  const shares = sharesOf(now);
  const then = before && sharesOf(before);
  const asked = now.asked ?? 0;
  const { good, taps, response, consent, choices } = shares;
  return (
    <section className="panel figures" aria-label={overview.keyFigures}>
      <SessionsFigure {...props} />
      <FrictionFigure {...props} />
      <ShareFigure
        name={overview.good}
        testid="kpi-good"
        of={good}
        base={taps}
        baseText={text.count.taps(taps, format.count(taps))}
        then={then?.good}
        more="better"
        hidden={now.sentiment.hidden}
      />
      <ShareFigure
        name={overview.response}
        testid="kpi-response"
        of={response}
        base={asked}
        baseText={overview.asked(format.count(asked))}
        then={then?.response}
        more="neutral"
      />
      <Figure
        name={overview.consent}
        testid="kpi-consent"
        value={consent ? format.percent(consent.value, choices) : <None />}
        base={consent && `${text.of} ${text.count.choices(choices, format.count(choices))}`}
        moved={consent && overview.notObserved(format.percent(1 - consent.value, choices))}
      />
    </section>
  );
}
