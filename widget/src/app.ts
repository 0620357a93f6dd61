/** Puts the parts together: the page gets `window.flowback`. */
import type { Asked } from "./ask";
import { choice, keep, may } from "./choice";
import { type Config, configure } from "./config";
import { type Consent, consent, follow, obey, running } from "./consent";
import { dropped, onAnswer } from "./delivery";
import { emit } from "./flow";
import * as parts from "./parts";
import { guard } from "./safe";
import { allow, refused, remember } from "./throttle";
import type { Custom, Wearable } from "./types.gen";

/** What the site's scripts may call. Nothing of it throws. */
export interface Flowback {
  readonly consent: Consent;
  /** Reports what the site itself noticed, or a reading that it passes on; true when it was taken. */
  signal(signal: Partial<Custom | Wearable>): boolean | undefined;
  /**
   * Asks the question now, or says why not. The core has no question of its own:
   * `asked` then gives the site its turn to ask one.
   */
  ask(options?: { question?: string; element?: Element }): Asked | undefined;
  /** Events that were dropped since the page loaded: too many waited, too old, or refused for good. */
  readonly dropped: number;
  /** Shows what this visit has captured. Without a grant there is nothing to show. */
  panel?(): boolean | undefined;
}

function turn(): Asked {
  const reason = refused();
  if (!reason) remember("times");
  return { asked: !reason, reason: reason || "throttle_ready" };
}

const api: Flowback = {
  consent,
  get dropped() {
    return dropped;
  },
  signal: guard(({ action, subtype = "", value }) => {
    const wearable = action === "wearable";
    // A reading has a value.
    const number = Number.isFinite(value ?? (wearable || 0));
    if (!running || !may("interaction") || !number || !/^[\w .:-]{1,64}$/.test(subtype))
      return false;
    emit({ action: wearable ? action : "custom", subtype, value } as Wearable);
    return true;
  }),
  ask: guard((options) =>
    running
      ? (parts.ask ?? turn)({ detector: "ask", evidence: [], ...options })
      : { asked: false, reason: `consent_${choice.state}` },
  ),
};

/** Starts the widget on this page; returns what becomes `window.flowback`. */
export function start(): Flowback {
  onAnswer((answer) => {
    allow(answer.policy);
    parts.allowed?.();
    if ("region" in answer) {
      choice.days = answer.region.consentTtlDays;
      keep();
      if (answer.state === "denied") obey();
    }
  });
  if (parts.panel)
    api.panel = guard(() => {
      if (running) parts.panel?.();
      return running;
    });
  guard(follow)();
  return api;
}

/** The script's entry: reads the configuration and starts once, whatever the page does. */
export function boot(): void {
  const page = window as { flowback?: Flowback; flowbackConfig?: Partial<Config> };
  const script = (document.currentScript as HTMLScriptElement | null)?.src;
  const run = guard(() => {
    // An element of the page with the id `flowback` is none (named access on the window).
    if (page.flowback?.consent) console.warn("flowback: loaded twice");
    else if (configure(page.flowbackConfig || {}, script)) page.flowback = start();
    else console.warn("flowback needs projectId, key");
  });
  // Not while the page is only prerendered, and not before it has a body.
  const { prerendering } = document as { prerendering?: boolean };
  const until = prerendering ? "prerenderingchange" : document.body ? "" : "DOMContentLoaded";
  if (until) document.addEventListener(until, run, { once: true });
  else run();
}
