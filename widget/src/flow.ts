/**
 * A flow: what a granted session captures on this page load, numbered and handed
 * to the delivery. It begins with the grant and ends with the consent.
 */
import type { Choice } from "./choice";
import type { Config } from "./config";
import type { Delivery } from "./delivery";
import { random } from "./ids";
import { pageOf } from "./page";
import { item } from "./queue";
import { listen, now } from "./safe";
import { begin, live, over, receiptHash, type Session, touch } from "./session";
import type { Store } from "./storage";
import type { FeedbackPayload, SignalRaw } from "./types.gen";

export type Signal = SignalRaw["payload"];

/** What rules hear of: a moment on the page that may be worth a question. */
export interface Moment {
  what: "click" | "reaction" | "hover" | "view";
  /** The element it concerns. */
  element?: Element;
  /** n of its event. */
  n?: number;
  signal?: Signal;
}

/** Where an event belongs, when its moment is past. */
export interface Place {
  page: string;
  view: number;
}

export interface Flow extends Place {
  config: Config;
  store: Store;
  tab: Store;
  signal: AbortSignal;
  delivery: Delivery;
  stream: string;
  /** The page and view that events now belong to. */
  page: string;
  view: number;
  /** Monotonic ms at which the view began. */
  since: number;
  /** Deepest point seen in the view, percent. */
  depth: number;
  /** The visitor clicked, typed or scrolled in the view. */
  interacted: boolean;
  /** Hears events of the page while the flow goes on. */
  on<E extends Event>(types: string, fn: (event: E) => unknown, target?: EventTarget): void;
  /** Numbers and queues a signal; returns its n. `at` is monotonic. */
  emit(signal: Signal, at?: number, where?: Place): number;
  feedback(payload: FeedbackPayload): number;
  session(): Session;
  /** Takes the next number. */
  number(): number;
  hear(listener: (moment: Moment) => void): void;
  tell(moment: Moment): void;
}

/** Begins the flow; queues the grant first where the session is new. `log` hears every event. */
export function flow(
  config: Config,
  store: Store,
  tab: Store,
  choice: Choice,
  delivery: Delivery,
  signal: AbortSignal,
  log?: (session: string, event: string) => void,
): Flow {
  let session = live(store) as Session;
  let n = 0;
  const listeners: ((moment: Moment) => void)[] = [];

  const enter = () => {
    self.stream = random(8);
    n = 0;
    if (session) return;
    session = begin(store, config.sampleRate);
    const { state, source, purposes, policyVersion, override } = choice;
    const body = {
      projectId: config.projectId,
      state,
      source,
      purposes,
      policyVersion,
      override,
      sessionId: session.id,
      stream: self.stream,
      n: n++,
      receiptHash: receiptHash(session),
    };
    delivery.add(item("consent", session.id, self.stream, JSON.stringify(body)));
  };

  const add = (type: string, payload: object, at: number, { page, view }: Place): number => {
    if (signal.aborted || !session.sampled) return 0;
    if (over(session)) {
      // Another tab may have kept it alive, or begun the next one.
      const before = session.id;
      session = live(store) as Session;
      if (session?.id !== before) enter();
    }
    touch(store, session);
    const timestamp = Math.round(Date.now() - now() + at);
    const body = JSON.stringify({ n, type, timestamp, page, view, payload });
    delivery.add(item("event", session.id, self.stream, body));
    log?.(session.id, body);
    return n++;
  };

  const self: Flow = {
    config,
    store,
    tab,
    signal,
    delivery,
    stream: "",
    page: pageOf(location.href),
    view: 0,
    since: now(),
    depth: 0,
    interacted: false,
    on: (types, fn, target) => listen(signal, types, fn, target),
    emit: (payload, at = now(), where = self) => add("signal.raw", payload, at, where),
    feedback: (payload) => add("feedback.recorded", payload, now(), self),
    session: () => session,
    number: () => n++,
    hear: (listener) => void listeners.push(listener),
    tell(moment) {
      for (const listener of listeners) listener(moment);
    },
  };
  enter();
  return self;
}
