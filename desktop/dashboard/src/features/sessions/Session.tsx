/** One session, for whoever may see it: the hub decides, this page only asks. */

import { HubProblem, questions } from "../../api/client";
import type { Session as Answered } from "../../api/types.gen";
import { FRICTION_SIGNALS } from "../../lib/signals";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Icon } from "../../ui/Icon";
import { Link } from "../../ui/Link";
import { Panel } from "../../ui/Panel";
import { Score } from "../../ui/Score";
import { Region } from "../../ui/States";
import { Steps } from "../../ui/Steps";

function Facts({ data }: { data: Answered }) {
  const text = useText();
  const { format, now } = useView();
  const { session } = text;
  const consent = data.consent;
  const rows: [string, string][] = [
    [session.started, format.when(data.started, now)],
    [session.length, format.duration(data.ended - data.started)],
    [session.device, text.filter.devices[data.device] ?? data.device],
    [session.region, data.region],
    [session.site, data.site],
    [session.origin, data.verified ? session.verified : session.unverified],
    [
      session.consent,
      consent
        ? `${session.consentStates[consent.state]} · ${consent.purposes.join(", ")} · ${consent.source} · ${consent.policyVersion} · ${format.when(consent.at, now)}`
        : text.state.none,
    ],
  ];
  return (
    <dl className="facts" data-testid="session-facts">
      <div>
        <dt>{session.score}</dt>
        <dd>
          <Score value={data.score} testid="session-own-score" />{" "}
          {FRICTION_SIGNALS.filter((name) => data.counts[name]).map((name) => (
            <span key={name} className="tag" data-signal={name}>
              {text.signal[name]} {format.count(data.counts[name] ?? 0)} ·{" "}
              {format.mean(data.contributions[name] ?? 0)}
            </span>
          ))}
        </dd>
      </div>
      <div>
        <dt>{session.answers}</dt>
        <dd className="inline-list">
          {data.reactions.length === 0 && <span className="muted">{text.state.none}</span>}
          {data.reactions.map((name, index) => (
            <span key={`${name}-${index.toString()}`}>
              <Icon name={name} className={name} />
              <span className="vh">{name}</span>
            </span>
          ))}
        </dd>
      </div>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value || <span className="muted">{text.state.none}</span>}</dd>
        </div>
      ))}
      <div>
        <dt>{session.path}</dt>
        <dd>
          <code>{data.path.join(" → ")}</code>
        </dd>
      </div>
    </dl>
  );
}

export default function Session() {
  const text = useText();
  const { place, project } = useView();
  const id = place.local["id"] ?? "";
  const answer = useAnswer(id ? questions.session(id, project.id) : null);
  const status = answer.error instanceof HubProblem ? answer.error.status : null;
  const refused = status === 401 || status === 403 ? text.session.noRight : null;
  const told = refused ?? (status === 404 || !id ? text.session.notFound : null);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{text.pages.session}</h1>
          <p className="lead">
            {text.session.lead} <code>{id}</code>
          </p>
        </div>
        <div className="page-tools">
          <Link to="evidence" className="button">
            {text.pages.evidence}
          </Link>
        </div>
      </header>
      {told ? (
        <div className="panel">
          <p className="state">{told}</p>
        </div>
      ) : (
        <Region answer={answer} scope={() => null}>
          {(data) => (
            <div className="two-one flipped">
              <Panel title={text.session.journey}>
                <div className="panel-body">
                  <Steps steps={data.steps} testid="steps" />
                </div>
              </Panel>
              <section className="panel panel-body">
                <Facts data={data} />
              </section>
            </div>
          )}
        </Region>
      )}
    </>
  );
}
