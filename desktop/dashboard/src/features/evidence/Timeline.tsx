/** One pattern, step by step. */

import type { Pattern } from "../../api/types.gen";
import { addressOf, adjusted } from "../../lib/place";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Icon } from "../../ui/Icon";
import { Link, RouteLink } from "../../ui/Link";
import { Score } from "../../ui/Score";
import { Steps } from "../../ui/Steps";

interface Props {
  pattern: Pattern | null;
  patterns: readonly Pattern[];
  missing: boolean;
}

export function Timeline({ pattern, patterns, missing }: Props) {
  const text = useText();
  const { place, format } = useView();
  const back = (
    <a className="button ghost master-back" href={addressOf(adjusted(place, { id: null }))}>
      <Icon name="left" />
      {text.back}
    </a>
  );
  if (!pattern) {
    return (
      <article className="master-detail">
        {back}
        {missing && <p className="muted">{text.evidence.missing}</p>}
      </article>
    );
  }
  const n = pattern.sessions ?? 0;
  const visible = patterns.filter(({ hidden }) => hidden === null);
  const index = visible.indexOf(pattern) + 1;
  return (
    <article className="master-detail" data-testid="timeline">
      {back}
      <div>
        <p className="muted">
          {text.evidence.pattern(format.count(index), format.count(visible.length))} ·{" "}
          {text.evidence.steps(pattern.steps.length, format.count(pattern.steps.length))}
        </p>
        <h2 className="detail-title">
          {text.evidence.title(text.count.sessions(n, format.count(n)))}
        </h2>
      </div>
      {pattern.page && (
        <p className="detail-where">
          {text.evidence.frictionAt} <RouteLink page={pattern.page} />
          {pattern.score !== null && <Score value={pattern.score} />}
        </p>
      )}
      <Steps steps={pattern.steps} testid="steps" />
      <p className="muted">{text.evidence.note}</p>
      {pattern.page && (
        <p className="details-links">
          <Link to="hotspots" local={{ open: pattern.page }} className="button">
            {text.evidence.toPlace}
          </Link>
          <Link to="journeys" local={{ focus: pattern.page }} className="button">
            {text.pages.journeys}
          </Link>
        </p>
      )}
    </article>
  );
}
