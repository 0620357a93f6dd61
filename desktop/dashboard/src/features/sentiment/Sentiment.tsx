/** Good, confused and bad taps over time, and where the good ones are missing. */

import { questions } from "../../api/client";
import type { Sentiment as Answered } from "../../api/types.gen";
import { change, isClear, share } from "../../lib/statistics";
import { type Taps, tapsOf, total } from "../../lib/taps";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Region } from "../../ui/States";
import { ByPage } from "./ByPage";
import { OverTime } from "./OverTime";

function Summary({ taps, before }: { taps: Taps; before: Taps | null }) {
  const text = useText();
  const { format } = useView();
  const base = total(taps);
  const good = share(taps.thumbs_up, base);
  if (!good) return null;
  const then = before && share(before.thumbs_up, total(before));
  const moved = then ? change(good, then) : null;
  const points = moved ? format.points(Math.abs(moved.value)) : "";
  const versus = moved && (moved.value < 0 ? text.sentiment.versusLess : text.sentiment.versusMore);
  return (
    <p className="lead" data-testid="sentiment-summary">
      {text.sentiment.finding(
        format.percent(good.value, base),
        text.count.taps(base, format.count(base)),
        format.percent(good.low, base),
        format.percent(good.high, base),
      )}{" "}
      {moved && versus && (isClear(moved) ? versus(points) : text.sentiment.versusSame)}
    </p>
  );
}

function Asked({ data, taps }: { data: Answered; taps: Taps }) {
  const text = useText();
  const { format } = useView();
  const asked = data.asked;
  const answered = total(taps);
  const response = asked === null ? null : share(Math.min(answered, asked), asked);
  return (
    <>
      {text.sentiment.caption}{" "}
      {response &&
        asked !== null &&
        text.sentiment.response(
          format.percent(response.value, asked),
          text.count.questions(asked, format.count(asked)),
          format.percentRange(response, asked, text.to),
        )}{" "}
      {text.sentiment.bias}
    </>
  );
}

export default function Sentiment() {
  const text = useText();
  const { query, earlier } = useView();
  const answer = useAnswer(questions.sentiment(query));
  const before = useAnswer(earlier && questions.sentiment(earlier), { past: true });
  const taps = answer.data && tapsOf(answer.data.total);
  const then = earlier && before.data ? tapsOf(before.data.total) : null;
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.sentiment}</h1>
          {taps && <Summary taps={taps} before={then} />}
        </div>
      </header>
      <Region answer={answer} scope={({ scope }) => scope} rows={6}>
        {(data) => <OverTime data={data} note={taps && <Asked data={data} taps={taps} />} />}
      </Region>
      <ByPage />
    </>
  );
}
