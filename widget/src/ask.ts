/**
 * May the question be asked now? The device's own limits first, then what the
 * visitor is doing, then the edge's allowance (house plan, decision 7).
 */
import { may } from "./choice";
import { config } from "./config";
import { address, flush } from "./delivery";
import { emit, ended, here, on, record, session } from "./flow";
import { survey } from "./formbricks";
import { now } from "./safe";
import { allow, refused, remember } from "./throttle";
import type { FeedbackPayload } from "./types.gen";
import { prompt } from "./ui/prompt";

/** Why the question is asked, and what a tap will answer. */
export interface Why {
  detector: string;
  /** Ids of the events that led here; grows while the moment goes on. */
  evidence: string[];
  target?: string;
  element?: Element;
  question?: string;
  /** The rule's id, where rules of another product count by it. */
  rule?: string;
}

export interface Asked {
  asked: boolean;
  reason: string;
}

/** What a shown question reports back. */
export interface Replies {
  _tap(reaction: FeedbackPayload["reaction"]): void;
  _comment(text: string): void;
  /** It went untapped: closed by the visitor, or by itself. */
  _untapped(phase: "dismissed" | "expired"): void;
  /** It is gone, for whatever reason. */
  _closed(): void;
  /** May words be asked for after the tap? */
  _words?: boolean;
}

const PATIENCE = 2_000;
const TYPING = 2_000;
const SCROLLING = 400;

/** How to take the open question away; `spare` one that was answered and waits for words. */
let open: ((spare?: boolean) => void) | undefined;
let typed: number;
let scrolled: number;
let waiting: { _why: Why; _view: number; _at: number } | undefined;

/** Takes the open question away; in its place comes `next`. */
export function hush(next?: typeof open): void {
  open?.();
  open = next;
}

/** The reason to ask has ended with its view. */
export const drop = (): void => open?.(true);

/** Begins with a grant. */
export function attend(): void {
  typed = scrolled = -TYPING;
  // A visitor who withdraws is asked nothing more.
  ended.addEventListener("abort", () => open?.());
  on("input", () => {
    typed = now();
  });
  on("scroll", () => {
    scrolled = now();
  });
}

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

const whyNot = (): string =>
  may("reaction_prompt") && session.sampled
    ? open
      ? "throttle_active"
      : refused() || busy()
    : "suppressed";

export function replies({ detector, evidence, target, rule }: Why): Replies {
  let reaction: FeedbackPayload["reaction"];
  let follows: number;
  return {
    _words: may("comment"),
    _tap(tapped) {
      reaction = tapped;
      const answers = { detector, evidence: evidence.slice(-32), target };
      follows = record("feedback.recorded", { reaction, answers });
      if (rule) survey(rule, true);
      flush();
    },
    _comment(text) {
      const comment = text.trim().slice(0, 500);
      if (comment) record("feedback.recorded", { reaction, comment, follows });
      flush();
    },
    _untapped(phase) {
      if (phase === "dismissed") remember("dismissals");
      emit({ action: "prompt", phase, rule: detector });
    },
    _closed() {
      open = undefined;
    },
  };
}

/** Asks for the edge's word, so that the next time it is known. */
async function inquire(): Promise<void> {
  const url = `${address("policy")}&projectId=${config.projectId}&sessionId=${session.id}`;
  const response = await fetch(url, { credentials: "omit", signal: ended });
  allow(await response.json());
  allowed();
}

/** Asks, or says why not. */
export function ask(why: Why): Asked {
  const reason = whyNot();
  if (reason === "no_allowance") inquire().catch(() => {});
  if (reason) return { asked: false, reason };
  remember("times");
  if (why.rule) survey(why.rule);
  emit({ action: "prompt", phase: "shown", rule: why.detector });
  flush();
  open = prompt(why, replies(why));
  return { asked: true, reason: "throttle_ready" };
}

/** The same; where the edge has not said yet, its answer is waited for, for 2 s. */
export function soon(why: Why): void {
  // Flushed first: the answer to what just happened carries the edge's word.
  flush();
  if (ask(why).reason === "no_allowance") waiting = { _why: why, _view: here.view, _at: now() };
}

/** The edge has said whether it allows a question. */
export function allowed(): void {
  const late = waiting;
  waiting = undefined;
  if (late?._view === here.view && now() - late._at < PATIENCE) ask(late._why);
}
