/**
 * Consent: nothing is heard, stored or sent before a grant but the choice itself
 * (house plan, decision 4). One choice holds in all tabs and on the next pages.
 */
import {
  byBrowser,
  choice,
  choose,
  keep,
  may,
  PURPOSES,
  type Purpose,
  recall,
  refusal,
  type Source,
  type State,
  said,
} from "./choice";
import { config } from "./config";
import { add, clear, deliver, send } from "./delivery";
import { begin, declare, end, enter, here, session } from "./flow";
import * as parts from "./parts";
import { EVENTS, item } from "./queue";
import { guard } from "./safe";
import { live } from "./session";
import { SIGNALS } from "./signals";
import { write } from "./storage";
import { banner } from "./ui/banner";

export interface Consent {
  readonly state: State;
  readonly source: Source;
  /** `override`: the visitor explicitly wants to, although the browser says no. */
  grant(options?: { source?: Source; purposes?: Purpose[]; override?: boolean }): State | undefined;
  deny(options?: { source?: Source }): State | undefined;
  /** Ends capture in all tabs; `erase: false` leaves with the edge what was sent. */
  withdraw(options?: { source?: Source; erase?: boolean }): State | undefined;
}

/** Is a grant in force here? */
export let running = false;
let hide: (() => void) | undefined;

/** Makes what is heard and shown follow the choice. */
export function apply(): State {
  const { state, source } = choice;
  Object.assign(consent, { state, source });
  if (running !== (state === "granted")) {
    running = !running;
    (running ? start : stop)();
  }
  hide?.();
  const refused = byBrowser(choice);
  // The platform is followed whatever the choice is: it may end a grant.
  const open = config.consent !== "api" && !parts.platform?.() && (state === "pending" || refused);
  hide = open ? banner(refused) : undefined;
  parts.banner?.(open);
  // Other tabs follow what is written down: the session that they join must be there by then.
  if (state !== "pending") keep();
  return state;
}

function start(): void {
  deliver();
  begin();
  parts.begin?.();
  if (session.sampled && may("interaction")) for (const signal of SIGNALS) guard(signal)();
}

function stop(): void {
  end();
  write("trail");
  write("asked");
}

function decide(...to: Parameters<typeof choose>): State {
  choose(...to);
  return apply();
}

/** A denial travels without session, stream, number and receipt: it can only be counted. */
const sendDenial = (): unknown =>
  send([item("consent", { projectId: config.projectId, ...said() })]).catch(() => {});

export const consent: Consent = {
  state: "pending",
  source: "banner",
  grant: guard(({ source = "api", purposes = PURPOSES, override = false } = {}) => {
    // What the browser says counts until its visitor says otherwise.
    const says = !!refusal() || byBrowser(choice);
    return running || (says && !override)
      ? choice.state
      : decide("granted", source, { purposes, override: says });
  }),
  deny: guard(({ source = "api" } = {}) => {
    if (running) return consent.withdraw({ source });
    const news = choice.state !== "denied";
    decide("denied", source);
    if (news) sendDenial();
    return choice.state;
  }),
  withdraw: guard(({ source = "api", erase = true } = {}) => {
    if (!running) return choice.state;
    // Another tab may have begun the next one: that goes too.
    if (live()) enter();
    clear();
    write("session");
    choose("withdrawn", source);
    declare();
    if (erase) add(item(`sessions/${session.id}`, {}, undefined, session.secret));
    return apply();
  }),
};

/** The edge heard the browser's no in a header, which scripts cannot read: it counts like any other. */
export function obey(): void {
  if (!running) return;
  clear();
  write("session");
  decide("denied", "gpc");
}

/** Takes up the choice that is kept, and follows it from tab to tab. */
export function follow(): void {
  if (!recall() && choice.state === "denied") {
    // The browser says so, and it is news.
    write("session");
    sendDenial();
  }
  // A withdrawal made offline may still have to arrive.
  if (apply() === "withdrawn") deliver();
  const again = guard((event: Event) => {
    const { state } = choice;
    here._back = (event as PageTransitionEvent).persisted;
    recall();
    // Another tab's withdrawal empties this one too; the withdrawal itself still has to arrive.
    if (choice.state === "withdrawn" && running) clear(EVENTS);
    if (choice.state !== state) apply();
  });
  // Other tabs, and pages that come back from the browser's cache, follow the last choice.
  addEventListener("storage", again);
  addEventListener("pageshow", again);
}
