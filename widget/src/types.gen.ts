// Made from the schema by `make generate`; edits are overwritten.

/** A click, reported at once; what it caused follows as a :class:`Reaction`. */
export interface Click {
  action: "click";
  x?: number;
  y?: number;
  button?: number;
  modified?: boolean;
  selected?: boolean;
  target: string;
  name?: string;
  kind?: "stepper" | "pager" | "entry" | "media" | "canvas" | "picker" | "outgoing" | "tab" | "download" | "link" | "key" | "inert";
}

/** What the page did after a click: the first moment of each kind, in ms after its pointerdown. Sent once per click (decision 6); without one the outcome is unknown, never dead. */
export interface Reaction {
  action: "reaction";
  of: number;
  watched: number;
  dom?: number;
  scroll?: number;
  selection?: number;
  nav?: number;
  request?: number;
  requestEnd?: number;
  media?: number;
  dialog?: number;
  focus?: number;
}

/** The pointer, or the keyboard's focus, left an element after `dwell` ms on it. */
export interface Hover {
  action: "hover";
  dwell: number;
  acted?: boolean;
  target: string;
  name?: string;
  kind?: "stepper" | "pager" | "entry" | "media" | "canvas" | "picker" | "outgoing" | "tab" | "download" | "link" | "key" | "inert";
}

/** The deepest point of the page seen so far in this view, in percent. */
export interface Scroll {
  action: "scroll";
  depth: number;
}

/** Nothing happened for `duration` ms; sent when something happens again. */
export interface Idle {
  action: "idle";
  duration: number;
}

/** A view began: a page load or a route change inside a page. */
export interface Nav {
  action: "nav";
  how?: "load" | "route" | "reload" | "traverse";
  referrer?: string;
}

/** The visitor went back: from the page `origin` to this event's page. */
export interface Backtrack {
  action: "backtrack";
  origin: string;
  stayed: number;
  interacted?: boolean;
}

/** A field got or lost focus or was changed; never with its content. */
export interface Input {
  action: "input";
  phase: "focus" | "change" | "blur";
  form?: string;
  target: string;
  name?: string;
  kind?: "stepper" | "pager" | "entry" | "media" | "canvas" | "picker" | "outgoing" | "tab" | "download" | "link" | "key" | "inert";
}

/** A form was sent. */
export interface Submit {
  action: "submit";
  target: string;
  name?: string;
  kind?: "stepper" | "pager" | "entry" | "media" | "canvas" | "picker" | "outgoing" | "tab" | "download" | "link" | "key" | "inert";
}

/** The view ended: hidden, closed or left for another page. */
export interface Leave {
  action: "leave";
  stayed: number;
  depth?: number;
}

/** Text was selected; never which. */
export interface Select {
  action: "select";
  target: string;
  name?: string;
  kind?: "stepper" | "pager" | "entry" | "media" | "canvas" | "picker" | "outgoing" | "tab" | "download" | "link" | "key" | "inert";
}

/** The pointer changed direction `changes` times on one axis within `duration` ms. The moment of the event is the first change. */
export interface Pointer {
  action: "pointer";
  changes: number;
  duration: number;
  travel?: number;
}

/** A script failed. `of` is the click it followed, if one was near. */
export interface Error {
  action: "error";
  of?: number;
  after?: number;
}

/** The question was shown, dismissed, or left alone until it went by itself. */
export interface Prompt {
  action: "prompt";
  phase: "shown" | "dismissed" | "expired";
  rule?: string;
}

/** A reading that the site passes on, such as `stress` 0.75. */
export interface Wearable {
  action: "wearable";
  subtype: string;
  value: number;
}

/** What the site itself reports through `flowback.signal`. */
export interface Custom {
  action: "custom";
  subtype: string;
  value?: number;
}

/** One interaction. */
export interface SignalRaw {
  type: "signal.raw";
  timestamp: number;
  page?: string;
  view?: number;
  n: number;
  payload: Click | Reaction | Hover | Scroll | Idle | Nav | Backtrack | Input | Submit | Leave | Select | Pointer | Error | Prompt | Wearable | Custom;
}

/** What a tap answers: the detector whose question was asked and its evidence. */
export interface Answers {
  detector: string;
  evidence?: string[];
  target?: string;
}

/** A tap and what belongs to it. */
export interface FeedbackPayload {
  reaction: "thumbs_up" | "thumbs_down" | "confused";
  comment?: string;
  answers?: Answers;
  follows?: number;
}

/** A tap: 👍 👎 😕. */
export interface FeedbackRecorded {
  type: "feedback.recorded";
  timestamp: number;
  page?: string;
  view?: number;
  n: number;
  payload: FeedbackPayload;
}

/** `POST /consent`. A denial carries no session, no stream and no receipt and is only counted; a grant is ordered by `n` before the events that it covers. */
export interface ConsentRequest {
  projectId: string;
  state: "granted" | "denied" | "withdrawn";
  source: "banner" | "api" | "gpc" | "dnt" | "tcf" | "gcm" | "host" | "region";
  policyVersion: string;
  sentAt: number;
  at?: number;
  purposes?: ("interaction" | "reaction_prompt" | "comment")[];
  sessionId?: string;
  stream?: string;
  n?: number;
  receiptHash?: string;
  override?: boolean;
}

/** The merged row of `regional_rules.json`: the stricter of edge's and visitor's region. */
export interface RegionRow {
  row: string;
  model: "opt_in" | "opt_out";
  captureBeforeChoice: boolean;
  storeBeforeChoice: boolean;
  countsBeforeChoice: boolean;
  prompt: "after_choice" | "yes";
  repromptMinDays: number;
  consentTtlDays: number;
  rawDays: number;
  aggDays: number;
  kMin: number;
  residency: "in_country" | "edge" | "any";
  gpc: "policy" | "must";
  dnt: "policy" | "must";
  voice: "separate_opt_in" | "forbidden";
  hubRaw: boolean;
  home: string[];
}

/** May this session be asked: in every answer and by `GET /policy`. */
export interface Policy {
  allow: boolean;
  reason: "throttle_ready" | "throttle_active" | "session_cap" | "suppressed" | "consent_pending" | "consent_denied" | "consent_withdrawn" | "regional_block";
  nextAt: number | null;
}

/** The answer to `POST /consent`. */
export interface ConsentAnswer {
  state: "pending" | "granted" | "denied" | "withdrawn";
  region: RegionRow;
  policy: Policy;
}

/** An event that was not understood. The widget drops it. */
export interface Rejected {
  n: number | null;
  error: string;
}

/** The 202 of `POST /events`: all but `rejected` is on disk, was there before, or was dropped for a reason. The widget forgets the whole batch. */
export interface BatchAnswer {
  accepted: number;
  duplicate: number;
  dropped: Record<string, number>;
  rejected: Rejected[];
  policy: Policy;
}
