/** What an auditor asks: how visitors chose, which rules hold, how long data stay, what was erased. */

import { makeReport, questions } from "../../api/client";
import type { Report } from "../../api/types.gen";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CopyLine } from "../../ui/Copy";
import { Panel } from "../../ui/Panel";
import { Save } from "../../ui/Save";
import { Region } from "../../ui/States";
import { Choices } from "./Choices";
import { Erasures } from "./Erasures";
import { Keys } from "./Keys";
import { Kept, Rules } from "./Rules";

const HOUR = 3_600_000;
const PERIOD = 90 * 24 * HOUR;

/** The worst thing that the report says, in one line; null where all is as it should be. */
function useAlarm(report: Report): string | null {
  const { privacy } = useText();
  const overdue = report.retention.filter((kept) => kept.overdue).map(({ project }) => project);
  if (report.audit.problems.length > 0) return privacy.broken;
  if (overdue.length > 0) return privacy.overdue(overdue.join(", "));
  if (report.rules.some(({ complaints }) => complaints.length > 0)) return privacy.refused;
  return null;
}

function Lead({ report }: { report: Report }) {
  const { privacy } = useText();
  const { format } = useView();
  const alarm = useAlarm(report);
  const done = report.erasures.filter(({ state }) => state === "complete").length;
  if (alarm) {
    return (
      <p className="lead worse" role="alert">
        {alarm}
      </p>
    );
  }
  return (
    <p className="lead">
      {privacy.finding}{" "}
      {report.erasures.length === 0
        ? privacy.noErasure
        : privacy.erased(format.count(done), format.count(report.erasures.length))}
    </p>
  );
}

function Chain({ of: { rows, hash, problems } }: { of: Report["audit"] }) {
  const { privacy, count } = useText();
  const { format } = useView();
  if (problems.length > 0) {
    return (
      <ul className="panel-text worse">
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    );
  }
  if (rows === 0) return <p className="panel-text">{privacy.noRow}</p>;
  return (
    <div className="panel-text">
      <p>{privacy.whole(count.rows(rows, format.count(rows)))}</p>
      <CopyLine>{`flowback audit verify --data flowback-data/hub --expect ${hash}`}</CopyLine>
    </div>
  );
}

/** The signed report as it is to be kept; it holds however it is printed. */
async function reportFile(from: number, to: number): Promise<Blob> {
  const text = JSON.stringify(await makeReport(from, to), null, 1);
  return new Blob([text], { type: "application/json" });
}

export default function Privacy() {
  const text = useText();
  const { privacy } = text;
  const { project, now, place, format } = useView();
  const to = place.filters.to ?? Math.ceil(now / HOUR) * HOUR;
  const from = place.filters.from ?? to - PERIOD;
  const answer = useAnswer(questions.privacy({ from, to }), { past: true });
  const report = answer.data;
  const choices = report?.consent.find((one) => one.project === project.id);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.privacy}</h1>
          {report && <Lead report={report} />}
        </div>
        <div className="page-tools">
          <Save
            name="flowback-compliance.json"
            title={privacy.report}
            words={privacy.report}
            failed={privacy.reportFailed}
            make={() => reportFile(from, to)}
          />
        </div>
      </header>
      <Region answer={answer} scope={() => null} rows={8}>
        {(found) => (
          <>
            <Panel
              title={privacy.choices}
              caption={`${project.name} · ${format.period(from, to)}`}
              note={privacy.choicesNote}
            >
              {choices ? (
                <Choices of={choices} />
              ) : (
                <p className="panel-text">{privacy.noChoice}</p>
              )}
            </Panel>
            <Panel title={privacy.rules} note={privacy.rulesNote(found.rulesAsOf)}>
              <Rules rows={found.rules} />
            </Panel>
            <Panel title={privacy.retention} note={privacy.retentionNote}>
              <Kept rows={found.retention} />
            </Panel>
            <Panel title={privacy.erasures} note={privacy.erasuresNote}>
              <Erasures rows={found.erasures} waiting={found.waiting} />
            </Panel>
            <Panel title={privacy.keys}>
              <Keys rows={found.keys} history={found.keyHistory} />
            </Panel>
            <Panel title={privacy.audit} note={privacy.auditNote}>
              <Chain of={found.audit} />
            </Panel>
          </>
        )}
      </Region>
    </>
  );
}
