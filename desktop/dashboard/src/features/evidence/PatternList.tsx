/** The patterns, most shared first: where their friction sits and what it is. */

import type { Pattern } from "../../api/types.gen";
import { addressOf, adjusted } from "../../lib/place";
import { isFriction } from "../../lib/signals";
import { useView } from "../../state/view";
import { type Text, useText } from "../../text";
import { Hidden } from "../../ui/Hidden";
import { Score } from "../../ui/Score";

/** The friction of a pattern in words; without any, its first page. */
function title({ steps, page }: Pattern, text: Text): string {
  const signals = [...new Set(steps.map(({ what }) => what).filter(isFriction))];
  const words = signals.map((name) => text.signal[name] ?? name);
  return words.length > 0 ? words.join(", ") : (page ?? steps[0]?.page ?? text.pages.evidence);
}

export function PatternList({
  patterns,
  chosen,
}: {
  patterns: readonly Pattern[];
  chosen: string | null;
}) {
  const text = useText();
  const { place, format } = useView();
  if (patterns.length === 0) return <p className="state muted">{text.evidence.noneFiltered}</p>;
  return (
    <ul className="master-list" aria-label={text.evidence.list} data-rows>
      {patterns.map((pattern) => (
        <li
          key={pattern.id}
          className={pattern.hidden ? "hatched" : ""}
          data-testid="pattern"
          data-page={pattern.page ?? undefined}
        >
          {pattern.hidden ? (
            <div className="master-item">
              <Hidden why={pattern.hidden} />
            </div>
          ) : (
            <a
              className="master-item"
              data-row
              href={addressOf(adjusted(place, { id: pattern.id }))}
              aria-current={pattern.id === chosen ? "true" : undefined}
            >
              <span className="master-title">
                <b>{title(pattern, text)}</b>
                {pattern.score !== null && <Score value={pattern.score} />}
              </span>
              <span className="master-meta">
                {pattern.page && <code title={pattern.page}>{pattern.page}</code>}
                <span>
                  {text.count.sessions(pattern.sessions ?? 0, format.count(pattern.sessions ?? 0))}
                </span>
              </span>
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
