/** What sessions have in common: the steps that k of them share, as a timeline without ids. */

import { questions } from "../../api/client";
import type { Evidence as Answered, Pattern } from "../../api/types.gen";
import { adjusted } from "../../lib/place";
import { FRICTION_SIGNALS } from "../../lib/signals";
import { useAnswer } from "../../state/answers";
import { goTo } from "../../state/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CsvTool } from "../../ui/Panel";
import { Region } from "../../ui/States";
import { PatternList } from "./PatternList";
import { SessionLookup } from "./SessionLookup";
import { Timeline } from "./Timeline";

function Summary({ data }: { data: Answered }) {
  const text = useText();
  const { format, project } = useView();
  const shown = data.rows.filter(({ hidden }) => hidden === null).length;
  if (shown === 0) return null;
  const count = text.count.patterns(shown, format.count(shown) + (data.next ? "+" : ""));
  const hidden = data.hidden > 0 ? ` ${text.hidden.count(format.count(data.hidden))}.` : "";
  return (
    <p className="lead">
      {project.k > 1
        ? text.evidence.finding(count, format.count(project.k))
        : text.evidence.findingDemo(count)}
      {hidden}
    </p>
  );
}

function Browser({ patterns }: { patterns: readonly Pattern[] }) {
  const text = useText();
  const { place } = useView();
  const signal = place.local["signal"] ?? "";
  const used = FRICTION_SIGNALS.filter((name) =>
    patterns.some(({ steps }) => steps.some(({ what }) => what === name)),
  );
  const shown = patterns.filter(
    ({ hidden, steps }) =>
      signal === "" || (hidden === null && steps.some(({ what }) => what === signal)),
  );
  const id = place.local["id"] ?? null;
  const chosen =
    shown.find((one) => one.id === id) ??
    (id === null ? shown.find(({ hidden }) => hidden === null) : undefined);
  return (
    <>
      {used.length > 0 && (
        <fieldset className="chips">
          <legend className="vh">{text.evidence.bySignal}</legend>
          {["", ...used].map((name) => (
            <button
              key={name}
              type="button"
              className={`chip ${name === signal ? "on" : ""}`}
              aria-pressed={name === signal}
              onClick={() => goTo(adjusted(place, { signal: name || null, id: null }), "replace")}
            >
              {name === "" ? text.evidence.any : text.signal[name]}
            </button>
          ))}
        </fieldset>
      )}
      <div
        className={`panel master ${id === null ? "" : "detail"}`}
        data-open={id === null ? undefined : ""}
      >
        <PatternList patterns={shown} chosen={chosen?.id ?? null} />
        <Timeline pattern={chosen ?? null} patterns={shown} missing={id !== null && !chosen} />
      </div>
    </>
  );
}

export default function Evidence() {
  const text = useText();
  const { query } = useView();
  const question = questions.evidence(query);
  const answer = useAnswer(question);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.evidence}</h1>
          {answer.data && <Summary data={answer.data} />}
        </div>
        <div className="page-tools">
          <SessionLookup />
          <CsvTool of={question} name="evidence" wide />
        </div>
      </header>
      <Region answer={answer} scope={({ scope }) => scope} rows={7}>
        {({ rows }) =>
          rows.length === 0 ? (
            <div className="panel">
              <p className="state muted">{text.evidence.none}</p>
            </div>
          ) : (
            <Browser patterns={rows} />
          )
        }
      </Region>
    </>
  );
}
