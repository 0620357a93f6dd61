/** Puts the parts together: consent switches a flow on and off; the page gets `window.flowback`. */
import type { Asked, Asker } from "./ask";
import { type Config, readConfig } from "./config";
import { type Consent, consent } from "./consent";
import { type Delivery, deliver } from "./delivery";
import { type Flow, flow } from "./flow";
import { guard } from "./safe";
import { SIGNALS } from "./signals";
import { storage } from "./storage";
import { type Languages, type Wording, wording } from "./texts";
import type { Custom, Wearable } from "./types.gen";
import { banner } from "./ui/banner";

/** What the site's scripts may call. Nothing of it throws. */
export interface Flowback {
  readonly consent: Consent;
  /** Reports what the site itself noticed, or a reading that it passes on. */
  signal(signal: Partial<Custom | Wearable>): boolean | undefined;
  /** Asks the question now, or says why not. */
  ask(options?: { question?: string; element?: Element }): Asked | undefined;
  /** Shows what this visit has captured. Without a grant there is nothing to show. */
  panel?(): boolean;
}

/** What the whole widget has and the core has not. */
export interface Parts {
  languages: Languages;
  question?(flow: Flow, purposes: string[], wording: Wording, panel: () => void): Asker;
  panel?(flow: Flow, wording: Wording, withdraw: (erase: boolean) => void): void;
  log?(session: string, event: string): void;
  /** Forgets what is logged. */
  forget?(): void;
}

/** Starts the widget on this page; returns what becomes `window.flowback`. */
export function start(config: Config, parts: Parts): Flowback {
  const prefix = `flowback:${config.projectId}:`;
  const store = storage("localStorage", prefix);
  const tab = storage("sessionStorage", prefix);
  const words = wording(config, parts.languages);
  let abort: AbortController;
  let sending: Delivery | undefined;
  let now: Flow | undefined;
  let asks: Asker | undefined;
  let hide: (() => void) | undefined;

  const delivery = () => {
    sending ??= deliver(config, (answer) => {
      asks?.allow(answer.policy);
      if ("region" in answer) control.note({ days: answer.region.consentTtlDays });
    });
    return sending;
  };

  const panel = () => {
    if (now) parts.panel?.(now, words, (erase) => control.withdraw({ erase }));
    return !!now;
  };

  const control = consent(config, store, {
    delivery,
    flow: () => now,
    on(choice) {
      abort = new AbortController();
      now = flow(config, store, tab, choice, delivery(), abort.signal, parts.log);
      asks = parts.question?.(now, choice.purposes || [], words, panel);
      if (now.session().sampled) for (const begin of SIGNALS) guard(begin)(now);
    },
    off() {
      abort.abort();
      tab.set("trail", null);
      store.set("asked", null);
      parts.forget?.();
      now = asks = undefined;
    },
    banner(shown, refused) {
      hide?.();
      hide = undefined;
      if (!shown) return;
      hide = banner(config, words, refused, (yes) => {
        if (yes) control.grant({ source: "banner", override: refused });
        else if (refused) control.note({ noticed: true });
        else control.deny({ source: "banner" });
      });
    },
  });

  guard(control.begin)();
  return {
    consent: control,
    signal: guard(({ action, subtype = "", value }) => {
      const named = /^[\w .:-]{1,64}$/.test(subtype);
      if (!now || !named || !(value === undefined ? action !== "wearable" : Number.isFinite(value)))
        return false;
      now.emit({ action: action === "wearable" ? action : "custom", subtype, value } as Wearable);
      return true;
    }),
    ask: guard(
      (options) =>
        asks?.ask({ detector: "ask", evidence: [], ...options }) || {
          asked: false,
          reason: `consent_${control.state}`,
        },
    ),
    ...(parts.panel && { panel }),
  };
}

/** The script's entry: reads the configuration and starts once, whatever the page does. */
export function boot(parts: Parts): void {
  const page = window as { flowback?: Flowback; flowbackConfig?: Partial<Config> };
  const script = (document.currentScript as HTMLScriptElement | null)?.src || "";
  const run = guard(() => {
    const config = readConfig(page.flowbackConfig || {}, script);
    if (config) page.flowback ??= start(config, parts);
    else console.warn("flowbackConfig needs projectId and key");
  });
  // Not while the page is only prerendered, and not before it has a body.
  const { prerendering } = document as { prerendering?: boolean };
  if (prerendering) document.addEventListener("prerenderingchange", run, { once: true });
  else if (document.body) run();
  else document.addEventListener("DOMContentLoaded", run, { once: true });
}
