/**
 * The flow: what a granted session captures on this page load, numbered and handed
 * to the delivery. It begins with the grant and ends with the consent.
 */
import { may, said } from "./choice";
import { config } from "./config";
import { add } from "./delivery";
import { random } from "./ids";
import { pageOf } from "./page";
import * as parts from "./parts";
import { item } from "./queue";
import { guard, now, round } from "./safe";
import { begin as beginSession, live, over, type Session, touch } from "./session";
import type { FeedbackPayload, SignalRaw } from "./types.gen";

export type Signal = SignalRaw["payload"];

/** Where an event belongs. */
export interface Place {
  page: string;
  view: number;
}

interface View extends Place {
  /** Monotonic ms at which the view began. */
  _since: number;
  /** Deepest point seen in it, percent. */
  _depth: number;
  /** The visitor clicked, typed or scrolled in it. */
  _acted: boolean;
  /** Errors in it so far. */
  _errors: number;
  /** The page came back from the browser's cache, and the flow begins only now. */
  _back?: boolean;
}

/** The view that is going on. */
export const here = {} as View;
export let session: Session;
export let stream: string;
/** Ends all that the flow has begun. */
export let ended: AbortSignal;

let abort: AbortController;
let n = 0;

/** The identity that travels with all that the session sends. */
const sender = () => ({ projectId: config.projectId, sessionId: session.id, stream });

/** Queues the choice in force; it lets the events behind it pass. */
export const declare = (secret?: string): void =>
  add(item("consent", { ...sender(), ...said(), n: n++ }, undefined, secret));

/** Takes part in the session that is going on, which another tab may have begun or kept alive; or begins one with its grant. */
export function enter(): void {
  const going = live();
  if (!stream || going?.id !== session.id) {
    stream = random(8);
    n = 0;
  }
  session = going || beginSession();
  if (!going) declare(session.secret);
}

/** Begins a view at `href`. */
export function show(href: string): void {
  here.page = pageOf(href);
  here.view++;
  here._since = now();
  here._acted = false;
  here._depth = here._errors = 0;
}

export function begin(): void {
  abort = new AbortController();
  ended = abort.signal;
  here.view = -1;
  stream = "";
  show(location.href);
  enter();
}

export const end = (): void => abort.abort();

/**
 * Hears events of the page while the flow goes on: passively, in the capture phase of the
 * window, where all events of the document pass, also those that do not bubble.
 */
export function on<E extends Event>(
  types: string,
  fn: (event: E) => unknown,
  target: EventTarget = window,
): void {
  const signal = ended;
  // Engines that ignore `signal` still stop hearing.
  const heard = guard((event: Event) => signal.aborted || fn(event as E));
  for (const type of types.split(" ")) {
    target.addEventListener(type, heard, { capture: true, passive: true, signal });
  }
}

/** Numbers and queues an event; returns its n. `at` is monotonic. */
export function record(
  type: "signal.raw" | "feedback.recorded",
  payload: Signal | FeedbackPayload,
  element?: Element,
  at = now(),
  { page, view }: Place = here,
): number {
  if (ended.aborted || !session.sampled) return 0;
  if (over(session)) enter();
  touch(session);
  const timestamp = round(Date.now() - now() + at);
  const number = n++;
  add(item("events", sender(), { n: number, type, timestamp, page, view, payload }));
  // Who hears of it may record the next one.
  parts.heard?.(payload, number, element);
  return number;
}

/** Records a signal. */
export const emit = (signal: Signal, element?: Element, at?: number, where?: Place): number =>
  may("interaction") ? record("signal.raw", signal, element, at, where) : 0;
