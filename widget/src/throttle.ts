/** How often the question may be asked: what this device remembers, and what the edge allows. */
import { config } from "./config";
import { session } from "./flow";
import { now } from "./safe";
import { read, write } from "./storage";
import type { Policy } from "./types.gen";

interface Kept {
  /** Moments of the questions of the last 7 days. */
  times: number[];
  /** Moments of the dismissals of the last 90 days. */
  dismissals: number[];
  /** The session in which no more may be asked. */
  quiet?: string;
}

const DAY = 864e5;
/** An allowance holds for 10 minutes (decision 7). */
const HOLDS = 600_000;

let policy: Policy | undefined;
let told = 0;

/** Hears what the edge says. */
export function allow(said?: Policy): void {
  policy = said;
  told = now();
}

function kept(): Kept {
  const { times, dismissals, quiet } = read<Kept>("asked");
  const young = (list: unknown, days: number): number[] =>
    [list as number[]].flat().filter((at) => at > Date.now() - days * DAY && at < Date.now() + 6e4);
  return { times: young(times, 7), dismissals: young(dismissals, 90), quiet };
}

/** Returns why no question may be asked now; empty where one may. */
export function refused(): string {
  const { throttleMs, sessionCap = 3, weekCap = 5 } = config;
  const { times, dismissals, quiet } = kept();
  const since = (at: number) => times.filter((time) => time > at).length;
  const fresh = policy && now() - told < HOLDS;
  return since(Date.now() - throttleMs)
    ? "throttle_active"
    : // Dismissed once: the rest of the session is quiet. Twice: so are 90 days.
      quiet === session.id || dismissals[1]
      ? "suppressed"
      : since(session.begun) >= sessionCap
        ? "session_cap"
        : since(0) >= weekCap
          ? "week_cap"
          : fresh && policy?.allow
            ? ""
            : !fresh || (policy?.nextAt && Date.now() >= policy.nextAt)
              ? "no_allowance"
              : (policy as Policy).reason;
}

/** Remembers that it was asked, or dismissed. */
export function remember(what: "times" | "dismissals"): void {
  const all = kept();
  all[what].push(Date.now());
  if (what === "dismissals") all.quiet = session.id;
  write("asked", all);
}
