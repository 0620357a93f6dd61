/**
 * May the question be asked now? The device's own limits first, then what the
 * visitor is doing, then the edge's allowance (house plan, decision 7).
 */
import type { Flow } from "./flow";
import { request } from "./http";
import { now } from "./safe";
import { limit, remember } from "./throttle";
import type { FeedbackPayload, Policy } from "./types.gen";

/** Why the question is asked, and what a tap will answer. */
export interface Why {
  detector: string;
  /** Ids of the events that led here; grows while the moment goes on. */
  evidence: string[];
  target?: string;
  element?: Element;
  question?: string;
}

export interface Asked {
  asked: boolean;
  reason: string;
}

/** What a shown question reports back. */
export interface Replies {
  tap(reaction: FeedbackPayload["reaction"]): void;
  comment(text: string): void;
  /** It went untapped: closed by the visitor, or by itself. */
  untapped(phase: "dismissed" | "expired"): void;
  /** It is gone, for whatever reason. */
  closed(): void;
  /** May words be asked for after the tap? */
  words: boolean;
}

/** Shows the question; returns how to take it away. */
export type Show = (why: Why, replies: Replies) => () => void;

export interface Asker {
  /** Asks, or says why not. */
  ask(why: Why): Asked;
  /** The same; where the edge has not said yet, its answer is waited for, for 2 s. */
  soon(why: Why): void;
  /** What the edge says. */
  allow(policy: Policy): void;
}

/** An allowance holds for 10 minutes (decision 7). */
const HOLDS = 600_000;
const PATIENCE = 2_000;
const TYPING = 2_000;
const SCROLLING = 400;

export function asker(flow: Flow, purposes: string[], show: Show): Asker {
  const { config, delivery, signal } = flow;
  let policy: Policy | undefined;
  let told = 0;
  let open: (() => void) | undefined;
  let typed = -TYPING;
  let scrolled = -SCROLLING;
  let waiting: { why: Why; view: number; at: number } | undefined;

  // A visitor who withdraws is asked nothing more.
  signal.addEventListener("abort", () => open?.());
  flow.on("input", () => {
    typed = now();
  });
  flow.on("scroll", () => {
    scrolled = now();
  });

  /** What the visitor is doing. */
  const busy = (): string =>
    document.visibilityState !== "visible"
      ? "hidden"
      : document.fullscreenElement
        ? "fullscreen"
        : document.querySelector("dialog[open],[aria-modal=true]")
          ? "dialog"
          : now() - typed < TYPING
            ? "typing"
            : now() - scrolled < SCROLLING
              ? "scrolling"
              : "";

  /** What the edge allows. */
  const refused = (): string => {
    const stale = !policy || now() - told > HOLDS || (policy.nextAt && Date.now() >= policy.nextAt);
    return policy?.allow && now() - told <= HOLDS
      ? ""
      : stale
        ? "no_allowance"
        : (policy as Policy).reason;
  };

  const whyNot = (): string =>
    signal.aborted
      ? "consent_withdrawn"
      : !purposes.includes("reaction_prompt") || !flow.session().sampled
        ? "suppressed"
        : limit(flow) || (open ? "throttle_active" : busy()) || refused();

  const replies = ({ detector, evidence, target }: Why): Replies => {
    let reaction: FeedbackPayload["reaction"];
    let follows: number;
    return {
      words: purposes.includes("comment"),
      tap(tapped) {
        reaction = tapped;
        follows = flow.feedback({
          reaction,
          answers: { detector, evidence: evidence.slice(-32), target },
        });
        delivery.flush();
      },
      comment(text) {
        const comment = text.trim().slice(0, 500);
        if (comment) flow.feedback({ reaction, comment, follows });
        delivery.flush();
      },
      untapped(phase) {
        if (phase === "dismissed") remember(flow, "dismissals");
        flow.emit({ action: "prompt", phase, rule: detector });
      },
      closed() {
        open = undefined;
      },
    };
  };

  const inquire = async () => {
    const { projectId, apiUrl, key } = config;
    const url = `${apiUrl}/policy?k=${key}&projectId=${projectId}&sessionId=${flow.session().id}`;
    const { answer } = await request<Policy>("GET", url, undefined, { signal });
    if (answer) self.allow(answer);
  };

  const self: Asker = {
    ask(why) {
      const reason = whyNot();
      // What the edge has not said is asked for, so that the next time it is known.
      if (reason === "no_allowance") inquire();
      if (reason) return { asked: false, reason };
      remember(flow, "times");
      flow.emit({ action: "prompt", phase: "shown", rule: why.detector });
      delivery.flush();
      open = show(why, replies(why));
      return { asked: true, reason: "throttle_ready" };
    },
    soon(why) {
      // Flushed first: the answer to what just happened carries the edge's word.
      delivery.flush();
      if (self.ask(why).reason === "no_allowance") waiting = { why, view: flow.view, at: now() };
    },
    allow(said) {
      policy = said;
      told = now();
      const late = waiting;
      waiting = undefined;
      if (late?.view === flow.view && now() - late.at < PATIENCE) self.ask(late.why);
    },
  };
  return self;
}
