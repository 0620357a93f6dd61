/** The insights by title. */

import type { Insight } from "../../api/types.gen";
import { addressOf, adjusted } from "../../lib/place";
import { useView } from "../../state/view";
import { useText } from "../../text";

export function InsightList({
  insights,
  chosen,
}: {
  insights: readonly Insight[];
  chosen: string | null;
}) {
  const text = useText();
  const { place, format, now } = useView();
  return (
    <ul className="master-list" aria-label={text.insights.list} data-rows>
      {insights.map(({ id, title, quote, trend, alert, pages, made }) => (
        <li key={id} data-testid="insight" data-id={id} data-pages={pages.join(" ")}>
          <a
            className="master-item"
            data-row
            href={addressOf(adjusted(place, { id }))}
            aria-current={id === chosen ? "true" : undefined}
          >
            <span className="master-title">
              <b>{title}</b>
              <span className={alert ? "tag warn" : "tag"}>{text.insights.trend[trend]}</span>
            </span>
            {quote && <q className="master-quote">{quote}</q>}
            <span className="master-meta">
              {pages[0] && <code title={pages.join(", ")}>{pages[0]}</code>}
              <span title={format.full(made)}>{format.when(made, now)}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
