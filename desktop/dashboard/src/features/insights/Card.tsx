/** One insight: what it says, what it rests on, what could help; and the decision. */

import type { Number as Figure, Insight } from "../../api/types.gen";
import { addressOf, adjusted } from "../../lib/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Icon } from "../../ui/Icon";
import { Link, RouteLink } from "../../ui/Link";

/** The hub words a hypothesis as one; a language model may forget to. */
const SAYS_UNPROVEN = /not proven/i;

interface Props {
  insight: Insight | null;
  settle: (insight: Insight, decision: Insight["decision"]) => void;
}

function Decide({ insight, settle }: { insight: Insight; settle: Props["settle"] }) {
  const text = useText();
  if (insight.decision !== "open") {
    return (
      <div className="decide">
        <button type="button" className="button" onClick={() => settle(insight, "open")}>
          {text.insights.reopen}
        </button>
      </div>
    );
  }
  return (
    <div className="decide">
      <button
        type="button"
        className="button primary"
        data-key="a"
        onClick={() => settle(insight, "accepted")}
      >
        <Icon name="check" />
        {text.insights.accept} <kbd>a</kbd>
      </button>
      <button
        type="button"
        className="button"
        data-key="d"
        onClick={() => settle(insight, "dismissed")}
      >
        {text.insights.dismiss} <kbd>d</kbd>
      </button>
    </div>
  );
}

function Figures({ numbers, page }: { numbers: readonly Figure[]; page: string | undefined }) {
  const { format } = useView();
  const written = (value: number) =>
    Number.isInteger(value) ? format.count(value) : format.amount(value);
  return (
    <ul className="numbers">
      {numbers.map(({ name, value, unit }) => (
        <li key={name}>
          <span className="muted">{name.replaceAll("_", " ")}</span>{" "}
          <Link to="hotspots" {...(page !== undefined && { local: { open: page } })}>
            {unit === "share" ? format.percent(value, 0) : written(value)}
            {unit && unit !== "share" && ` ${unit}`}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Facts({ insight }: { insight: Insight }) {
  const text = useText();
  const { format } = useView();
  const { hypothesis, pages, numbers, evidence } = insight;
  return (
    <dl className="facts">
      {hypothesis && (
        <div>
          <dt>{text.insights.hypothesis}</dt>
          <dd>
            {hypothesis}{" "}
            {!SAYS_UNPROVEN.test(hypothesis) && (
              <span className="muted">{text.insights.notProven}</span>
            )}
          </dd>
        </div>
      )}
      <div>
        <dt>{text.insights.pages}</dt>
        <dd className="inline-list">
          {pages.map((page) => (
            <RouteLink key={page} page={page} />
          ))}
        </dd>
      </div>
      {numbers.length > 0 && (
        <div>
          <dt>{text.insights.numbers}</dt>
          <dd>
            <Figures numbers={numbers} page={pages[0]} />
          </dd>
        </div>
      )}
      <div>
        <dt>{text.insights.evidence}</dt>
        <dd className="inline-list">
          {evidence.length === 0 && <span className="muted">{text.state.none}</span>}
          {evidence.map((id, index) => (
            <Link key={id} to="evidence" local={{ id }}>
              {text.insights.patternLink(format.count(index + 1))}
            </Link>
          ))}
        </dd>
      </div>
    </dl>
  );
}

function Back() {
  const text = useText();
  const { place } = useView();
  return (
    <a className="button ghost master-back" href={addressOf(adjusted(place, { id: null }))}>
      <Icon name="left" />
      {text.back}
    </a>
  );
}

export function Card({ insight, settle }: Props) {
  const text = useText();
  const { format, now } = useView();
  if (!insight) {
    return (
      <article className="master-detail">
        <Back />
        <p className="muted">{text.insights.pick}</p>
      </article>
    );
  }
  return (
    <article className="master-detail" data-testid="insight-card">
      <Back />
      <div>
        <p className="tags">
          <span className={insight.alert ? "tag warn" : "tag"}>
            {text.insights.trend[insight.trend]}
          </span>
          <span className="tag">{text.insights.kind[insight.kind]}</span>
          <span className="tag">{insight.friction}</span>
          <span className="tag">{insight.madeBy}</span>
        </p>
        <h2 className="detail-title">{insight.title}</h2>
        {insight.theme && <p className="muted">{text.insights.theme(insight.theme)}</p>}
      </div>
      <Decide insight={insight} settle={settle} />
      <p className="detail-lead">{insight.description}</p>
      <Facts insight={insight} />
      {insight.recommendations.length > 0 && (
        <section>
          <h3>{text.insights.help}</h3>
          <ol className="advice">
            {insight.recommendations.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ol>
        </section>
      )}
      <details>
        <summary>{text.insights.how}</summary>
        <p className="muted">
          {text.insights.madeBy(insight.madeBy)}.{" "}
          {text.insights.revision(format.count(insight.revision), format.when(insight.made, now))}{" "}
          {text.insights.howNote}
        </p>
      </details>
    </article>
  );
}
