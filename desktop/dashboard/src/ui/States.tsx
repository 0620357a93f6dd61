/** What a panel shows when it has no figures: why, and what to do about it. */

import { type ReactNode, useEffect, useState } from "react";
import { HubUnreachable } from "../api/client";
import type { Scope } from "../api/types.gen";
import { NARROWING, narrowedBy, refiltered } from "../lib/place";
import type { Answer } from "../state/answers";
import { goTo } from "../state/place";
import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "./Icon";

/** True once `on` has lasted `ms`. */
export function useLasting(on: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!on) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), ms);
    return () => clearTimeout(timer);
  }, [on, ms]);
  return lasting;
}

export function Empty() {
  const text = useText();
  const { place } = useView();
  const cleared = Object.fromEntries(NARROWING.map((name) => [name, null]));
  const narrowed = narrowedBy(place.filters) > 0;
  return (
    <div className="state" data-testid="empty">
      <p>{narrowed ? text.state.empty : text.state.emptyPeriod}</p>
      <button
        type="button"
        className="button"
        onClick={() =>
          goTo(refiltered(place, narrowed ? cleared : { period: "90d", from: null, to: null }))
        }
      >
        {narrowed ? text.filter.reset : text.state.longer}
      </button>
    </div>
  );
}

export function Suppressed() {
  const text = useText();
  return (
    <div className="state hatched" data-testid="suppressed">
      <Icon name="hidden" />
      <p>{text.state.narrow}</p>
    </div>
  );
}

export function Failed({ error, retry }: { error: Error; retry: () => void }) {
  const text = useText();
  const lost = error instanceof HubUnreachable;
  return (
    <div className="state" role="alert" data-testid="failed">
      <Icon name="warning" />
      <p>{lost ? text.state.offlineNothing : text.state.failed(error.message)}</p>
      <button type="button" className="button" onClick={retry}>
        {text.state.retry}
      </button>
    </div>
  );
}

function Skeleton({ rows }: { rows: number }) {
  const text = useText();
  const late = useLasting(true, 2000);
  return (
    <div className="skeleton" role="status" aria-label={text.state.counting}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={`bar-${String(row)}`} />
      ))}
      {late && <p className="muted">{text.state.counting}</p>}
    </div>
  );
}

interface Props<T> {
  answer: Answer<T>;
  /** Null: the answer has no scope that could be empty or hidden. */
  scope: (data: T) => Scope | null;
  rows?: number;
  children: (data: T) => ReactNode;
}

/** Draws an answer once it is there; until then, or instead, the state it is in. */
export function Region<T>({ answer, scope, rows = 5, children }: Props<T>) {
  const { data, error, loading } = answer;
  const slow = useLasting(loading, 300);
  if (data === null) {
    if (error) return <Failed error={error} retry={answer.retry} />;
    return slow ? <Skeleton rows={rows} /> : <div className="waiting" />;
  }
  const asked = scope(data);
  const refused = error && !(error instanceof HubUnreachable);
  let body: ReactNode;
  if (refused) body = <Failed error={error} retry={answer.retry} />;
  else if (asked && asked.sessions === null) body = <Suppressed />;
  else if (asked && asked.sessions === 0) body = <Empty />;
  else body = children(data);
  return (
    <div className="region" aria-busy={loading}>
      {slow && <span className="progress" />}
      {body}
    </div>
  );
}
