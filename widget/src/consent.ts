/**
 * Consent: nothing is heard, stored or sent before a grant but the choice itself
 * (house plan, decision 4). One choice holds in all tabs and on the next pages.
 */
import {
  byBrowser,
  type Choice,
  choose,
  current,
  PURPOSES,
  type Purpose,
  refusal,
  type Source,
  type State,
} from "./choice";
import type { Config } from "./config";
import type { Delivery } from "./delivery";
import type { Flow } from "./flow";
import { request } from "./http";
import { item } from "./queue";
import { guard } from "./safe";
import { live } from "./session";
import type { Store } from "./storage";

/** What consent switches on and off. */
export interface Switches {
  /** A grant is in force: capture. */
  on(choice: Choice): void;
  /** It ended: stop hearing. */
  off(): void;
  flow(): Flow | undefined;
  /** The delivery, which outlives the flow: a withdrawal has to arrive. */
  delivery(): Delivery;
  /** Show the question for consent, or hide it. `refused`: the browser said no. */
  banner(shown: boolean, refused: boolean): void;
}

export interface Consent {
  readonly state: State;
  readonly source: Source;
  /** `override`: the visitor explicitly wants to, although the browser says no. */
  grant(options?: { source?: Source; purposes?: Purpose[]; override?: boolean }): State | undefined;
  deny(options?: { source?: Source }): State | undefined;
  /** Ends capture in all tabs; `erase: false` leaves with the edge what was sent. */
  withdraw(options?: { source?: Source; erase?: boolean }): State | undefined;
}

export interface ConsentControl extends Consent {
  /** Changes the record of the choice, not the choice. */
  note(more: Partial<Choice>): void;
  begin(): void;
}

export function consent(config: Config, store: Store, to: Switches): ConsentControl {
  const { projectId, policyVersion, apiUrl, key } = config;
  let choice = current(store, config);
  let running = false;

  const apply = () => {
    const granted = choice.state === "granted";
    if (running !== granted) {
      running = granted;
      if (granted) to.on(choice);
      else to.off();
    }
    const refused = byBrowser(choice);
    to.banner(
      config.consent === "banner" && (choice.state === "pending" || (refused && !choice.noticed)),
      refused,
    );
  };

  const save = (next: Choice): State => {
    choice = next;
    store.set("choice", next);
    apply();
    return choice.state;
  };

  /** A denial travels without session, stream, number and receipt: it can only be counted. */
  const sendDenial = () => {
    const { state, source } = choice;
    const body = { projectId, state, source, policyVersion, sentAt: Date.now() };
    request("POST", `${apiUrl}/consent?k=${key}`, JSON.stringify(body), {}, true);
  };

  const again = guard(() => {
    const next = current(store, config);
    if (next.state === choice.state) return;
    choice = next;
    apply();
  });

  const self: ConsentControl = {
    get state() {
      return choice.state;
    },
    get source() {
      return choice.source;
    },
    grant: guard(({ source = "api", purposes = PURPOSES, override = false } = {}) =>
      // What the browser says counts until its visitor says otherwise.
      running || (refusal() && !override)
        ? choice.state
        : save(choose(config, "granted", source, { purposes, override: !!refusal() })),
    ),
    deny: guard(({ source = "api" } = {}) => {
      if (running) return self.withdraw({ source });
      if (choice.state !== "denied") {
        save(choose(config, "denied", source));
        sendDenial();
      }
      return choice.state;
    }),
    withdraw: guard(({ source = "api", erase = true } = {}) => {
      const flow = to.flow();
      const session = live(store) || flow?.session();
      if (!running || !flow || !session) return choice.state;
      const delivery = to.delivery();
      const { id, secret } = session;
      const { stream } = flow;
      delivery.clear();
      store.set("session", null);
      const state = "withdrawn";
      const body = {
        projectId,
        state,
        source,
        policyVersion,
        sessionId: id,
        stream,
        n: flow.number(),
      };
      delivery.add(item("consent", id, stream, JSON.stringify(body)));
      if (erase) delivery.add(item("erase", id, stream, secret));
      return save(choose(config, state, source));
    }),
    note(more) {
      Object.assign(choice, more);
      store.set("choice", choice);
      apply();
    },
    begin() {
      if (byBrowser(choice) && !byBrowser(store.get<Choice>("choice") as Choice)) {
        store.set("session", null);
        save(choice);
        sendDenial();
      } else apply();
      // A withdrawal made offline may still have to arrive.
      if (choice.state === "withdrawn") to.delivery();
      // Other tabs, and pages that come back from the browser's cache, follow the last choice.
      addEventListener("storage", again);
      addEventListener("pageshow", again);
    },
  };
  return self;
}
