/** How often the question may be asked, as this device remembers it. */
import type { Flow } from "./flow";

interface Kept {
  /** Moments of the questions of the last 7 days. */
  times: number[];
  /** Moments of the dismissals of the last 90 days. */
  dismissals: number[];
  /** The session in which no more may be asked. */
  quiet: string;
}

const DAY = 864e5;

function kept({ store }: Flow): Kept {
  const { times, dismissals, quiet = "" } = store.get<Kept>("asked");
  const young = (list: unknown, days: number): number[] =>
    Array.isArray(list)
      ? list.filter((at) => at > Date.now() - days * DAY && at < Date.now() + 6e4)
      : [];
  return { times: young(times, 7), dismissals: young(dismissals, 90), quiet };
}

/** Returns why the device refuses a question now; empty where it does not. */
export function limit(flow: Flow): string {
  const { throttleMs, sessionCap, weekCap } = flow.config;
  const { times, dismissals, quiet } = kept(flow);
  const { id, begun } = flow.session();
  const since = (at: number) => times.filter((time) => time > at).length;
  if (since(Date.now() - throttleMs)) return "throttle_active";
  // Dismissed once: the rest of the session is quiet. Twice: so are 90 days.
  if (quiet === id || dismissals.length > 1) return "suppressed";
  return since(begun) >= sessionCap ? "session_cap" : since(0) >= weekCap ? "week_cap" : "";
}

/** Remembers that it was asked, or dismissed. */
export function remember(flow: Flow, what: "times" | "dismissals"): void {
  const now = kept(flow);
  now[what].push(Date.now());
  if (what === "dismissals") now.quiet = flow.session().id;
  flow.store.set("asked", now);
}
