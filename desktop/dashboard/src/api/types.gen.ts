// Made from the schema by `make generate`; edits are overwritten.

/** A worker of the hub; a custom one has a process of its own. */
export interface Agent {
  name: string;
  custom: boolean;
  state: "runs" | "waits" | "stopped" | "parked";
  reason: string;
  position: number | null;
  behind: number;
  taken: number;
  said: number;
  failures: number;
}

/** `GET /api/agents`: the built-in ones in the order in which they are heard. */
export interface Agents {
  rows: Agent[];
  next: string | null;
}

/** The head of the audit chain: `flowback audit verify --expect HASH` finds it again. */
export interface AuditChain {
  rows: number;
  hash: string;
  problems: string[];
}

/** A row of the audit log. */
export interface AuditRow {
  n: number;
  at: number;
  who: string;
  what: string;
  about: Record<string, unknown>;
}

/** Numbers of an edge that have not come, though later ones did. */
export interface Missing {
  file: number;
  lane: number;
  first: number;
  last: number;
}

/** What came of an edge by hand: its newest export. */
export interface Bundle {
  at: number;
  export: string;
  files: number[];
  more: number;
  early: number[];
  missing: Missing[];
}

/** The data of a server-sent event of `GET /api/live`. */
export interface Change {
  at: number;
  projectId: string;
  version: number;
}

/** A number, what was done to have it, and whether the rows give it again. */
export interface CheckedFact {
  id: string;
  name: string;
  op: string;
  of: string;
  where: string;
  rows: number;
  value: number;
  holds: boolean;
}

/** A session's consent as recorded. */
export interface Consent {
  state: "pending" | "granted" | "denied" | "withdrawn";
  purposes: string[];
  source: string;
  policyVersion: string;
  regionRow: string;
  at: number;
}

/** `POST /api/insights/{id}/decision`: what a person decided, in and out. */
export interface Decision {
  decision: "open" | "accepted" | "dismissed";
}

/** How far an edge holds what this hub told it. */
export interface EdgeControl {
  state: "current" | "behind" | "ahead" | "none";
  rev: number | null;
  head: number;
  complaints: string[];
}

/** One edge as the hub knows it. */
export interface Edge {
  node: string;
  name: string;
  site: string;
  region: string;
  state: "current" | "behind" | "away" | "never";
  seen: number | null;
  backlog: number | null;
  lagMs: number | null;
  held: number[];
  bundle: Bundle | null;
  events: number;
  gaps: number;
  keyMade: number | null;
  version: string | null;
  control: EdgeControl;
  problem: string | null;
  parked: number;
}

/** `GET /api/edges`. */
export interface Edges {
  rows: Edge[];
}

/** The receipt of one erasure. */
export interface Erasure {
  project: string;
  sessionHash: string;
  heard: number;
  state: "complete" | "under way";
}

/** What is not at its end. */
export interface ErasuresWaiting {
  erasures: number;
  claims: number;
  errands: number;
}

/** What was asked, as it was understood: repeated in every answer. */
export interface Scope {
  projectId: string;
  start: number;
  end: number;
  k: number;
  sessions: number | null;
}

/** One step of a pattern or of a journey. */
export interface Step {
  after: number;
  what: string;
  page: string;
  target: string | null;
  name: string | null;
  count: number;
}

/** Steps that `sessions` sessions share, without ids and with relative times. */
export interface Pattern {
  id: string;
  hidden: "few" | "complement" | "unchanged" | null;
  sessions: number | null;
  score: number | null;
  page: string | null;
  steps: Step[];
}

/** `GET /api/evidence`: patterns shared by most sessions first. */
export interface Evidence {
  scope: Scope;
  rows: Pattern[];
  hidden: number;
  next: string | null;
}

/** A group was merged into another, split from it, or went. */
export interface Lineage {
  tick: number;
  id: number;
  kind: "merged_into" | "split_from" | "retired";
  other: number | null;
}

/** How the comments of an insight were grouped. */
export interface GroupOfComments {
  id: number;
  level: number;
  comments: number;
  sessions: number;
  words: string[];
  history: Lineage[];
}

/** What people said of a group. */
export interface PeoplesChange {
  at: number;
  said: string;
}

/** What the checks found wrong. */
export interface FoundProblem {
  field: string;
  kind: string;
  said: string;
}

/** `GET /api/insights/{id}/explanation`: rows, cluster, prompt and checks. */
export interface Explanation {
  id: string;
  title: string;
  madeBy: string;
  rows: Record<string, Record<string, string | number | number>>;
  cluster: GroupOfComments | null;
  people: PeoplesChange[];
  prompt: (Record<string, string>)[];
  answer: string;
  problem: string;
  templates: Record<string, string>;
  facts: CheckedFact[];
  problems: FoundProblem[];
}

/** A value with its 95 % interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** How often visitors who were asked confirmed a signal, with Wilson's 95 % interval. */
export interface Precision {
  value: number;
  low: number;
  high: number;
  verdicts: number;
  confirmed: number;
  weight: number;
}

/** A page, or an element of one, and how much it hurts. */
export interface Hotspot {
  page: string;
  target: string | null;
  name: string | null;
  hidden: "few" | "complement" | "unchanged" | null;
  sessions: number | null;
  score: Interval | null;
  sessionScore: number | null;
  signals: Partial<Record<"rage_click" | "error_click" | "dead_click" | "slow_click" | "hesitation" | "backtrack" | "quick_back" | "thrash" | "scroll_milestone" | "form_abandon", number>>;
  contributions: Partial<Record<"rage_click" | "error_click" | "dead_click" | "slow_click" | "hesitation" | "backtrack" | "quick_back" | "thrash" | "scroll_milestone" | "form_abandon", number>>;
  reactions: Partial<Record<"thumbs_up" | "thumbs_down" | "confused", number>>;
  precision: Precision | null;
  precisions: Partial<Record<"rage_click" | "error_click" | "dead_click" | "slow_click" | "hesitation" | "backtrack" | "quick_back" | "thrash" | "scroll_milestone" | "form_abandon", Precision>>;
}

/** `GET /api/hotspots`: most friction first, hidden rows last. */
export interface Hotspots {
  scope: Scope;
  by: "page" | "element";
  mean: number | null;
  rows: Hotspot[];
  hidden: number;
  detectors: Partial<Record<"rage_click" | "error_click" | "dead_click" | "slow_click" | "hesitation" | "backtrack" | "quick_back" | "thrash" | "scroll_milestone" | "form_abandon", Precision>>;
  next: string | null;
}

/** Which hub it is: the facts of its card, whose fingerprint people compare. */
export interface HubIdentity {
  version: string;
  fingerprint: string;
  keys: string[];
  verify: string[];
}

/** A figure of an insight and where it can be recomputed. */
export interface Number {
  name: string;
  value: number;
  unit: string;
}

/** What the rules found, in words: a place that hurts, or comments that are alike. */
export interface Insight {
  id: string;
  revision: number;
  made: number;
  kind: "page" | "element" | "cohort" | "comments";
  title: string;
  quote: string | null;
  description: string;
  hypothesis: string;
  friction: string;
  trend: "new" | "rising" | "steady" | "falling" | "unclear";
  alert: boolean;
  sessions: number;
  pages: string[];
  recommendations: string[];
  evidence: string[];
  numbers: Number[];
  madeBy: string;
  level: number | null;
  theme: string | null;
  related: string[];
  named: boolean;
  decision: "open" | "accepted" | "dismissed";
}

/** What an insight said. */
export interface InsightRevision {
  revision: number;
  made: number;
  title: string;
  description: string;
  trend: "new" | "rising" | "steady" | "falling" | "unclear";
  sessions: number;
  madeBy: string;
  level: number | null;
}

/** `GET /api/insights/{id}/history`: newest first. */
export interface InsightHistory {
  rows: InsightRevision[];
}

/** `POST /api/insights/run`: 202, the run is over. */
export interface InsightRun {
  ran: number;
  insights: number;
}

/** `GET /api/insights`. */
export interface Insights {
  scope: Scope;
  rows: Insight[];
  alerts: number;
  ungrouped: number | null;
  ran: number | null;
  nextRun: number | null;
  next: string | null;
}

/** A way from one page to the next. */
export interface JourneyLink {
  source: string;
  target: string;
  hidden: "few" | "complement" | "unchanged" | null;
  sessions: number | null;
  back: boolean;
}

/** A page in the flow. */
export interface JourneyNode {
  page: string;
  hidden: "few" | "complement" | "unchanged" | null;
  sessions: number | null;
  score: number | null;
}

/** `GET /api/journeys`. */
export interface Journeys {
  scope: Scope;
  nodes: JourneyNode[];
  links: JourneyLink[];
  hidden: number;
}

/** A key of the link, current or not. */
export interface Key {
  of: string;
  node: string;
  state: "in use" | "next" | "admitted" | "revoked";
  fingerprint: string;
  made: number;
  revoked: number | null;
}

/** The taps of one bucket of time. */
export interface SentimentPoint {
  at: number;
  hidden: "few" | "complement" | "unchanged" | null;
  thumbsUp: number | null;
  thumbsDown: number | null;
  confused: number | null;
}

/** `GET /api/overview`: the state of things in one answer. */
export interface Overview {
  scope: Scope;
  score: Interval | null;
  sentiment: SentimentPoint;
  asked: number | null;
  consent: Partial<Record<"pending" | "granted" | "denied" | "withdrawn", number>>;
  worst: Hotspot | null;
  dataUntil: number | null;
}

/** What `POST /api/reports/compliance` asks: ms since 1970, end exclusive; else 90 days. */
export interface Period {
  start: number | null;
  end: number | null;
}

/** RFC 9457, `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

/** A web property. */
export interface Project {
  id: string;
  name: string;
  demo: boolean;
  k: number;
  consent: "ask" | "regional" | "host";
  timeZone: string;
}

/** How visitors of a project chose in the report's period. */
export interface ProjectConsent {
  project: string;
  demo: boolean;
  mode: "ask" | "regional" | "host";
  k: number;
  sessions: number | null;
  choices: Partial<Record<"pending" | "granted" | "denied" | "withdrawn", number>>;
  hidden: Partial<Record<"pending" | "granted" | "denied" | "withdrawn", "few" | "complement" | "unchanged">>;
}

/** `GET /api/projects`. */
export interface Projects {
  rows: Project[];
}

/** `POST /api/graphql`: a document, and which of its operations with what variables. */
export interface Query {
  query: string;
  variables: Record<string, unknown> | null;
  operationName: string | null;
}

/** `GET /ready`: 503 unless every probe is `ok`. */
export interface Ready {
  ready: boolean;
  probes: Record<string, string>;
}

/** `POST /api/insights/{id}/group`: one of three things that people say of a group. `into`: it and that insight's group are one. `apart`: these quotes of it are another group. `name`: its title; empty takes the name back. */
export interface Regroup {
  into: string | null;
  apart: string[];
  name: string | null;
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

/** The regional rules of one edge, the hub's own tightening included. */
export interface RulesInForce {
  edge: string;
  node: string;
  region: string;
  law: string;
  rules: RegionRow;
  tightened: Record<string, unknown>;
  known: "yes" | "not yet" | "never said" | "revoked";
  complaints: string[];
}

/** How long a project's events stay, and how old the oldest is. */
export interface Retention {
  project: string;
  rawDays: number;
  aggDays: number;
  oldestDay: string | null;
  overdue: boolean | null;
}

/** All that is signed. */
export interface Report {
  format: number;
  made: number;
  start: number;
  end: number;
  hub: HubIdentity;
  rulesAsOf: string;
  rules: RulesInForce[];
  consent: ProjectConsent[];
  retention: Retention[];
  erasures: Erasure[];
  waiting: ErasuresWaiting;
  keys: Key[];
  keyHistory: AuditRow[];
  audit: AuditChain;
}

/** `GET /api/sentiment`: buckets without taps are left out. */
export interface Sentiment {
  scope: Scope;
  bucket: "minute" | "hour" | "day";
  rows: SentimentPoint[];
  total: SentimentPoint;
  asked: number | null;
}

/** `GET /api/sessions/{id}`: for auditors and the visitor; of a demo project, for all. */
export interface Session {
  sessionId: string;
  projectId: string;
  started: number;
  ended: number;
  device: string;
  region: string;
  site: string;
  verified: boolean;
  consent: Consent | null;
  score: number;
  counts: Partial<Record<"rage_click" | "error_click" | "dead_click" | "slow_click" | "hesitation" | "backtrack" | "quick_back" | "thrash" | "scroll_milestone" | "form_abandon", number>>;
  contributions: Partial<Record<"rage_click" | "error_click" | "dead_click" | "slow_click" | "hesitation" | "backtrack" | "quick_back" | "thrash" | "scroll_milestone" | "form_abandon", number>>;
  path: string[];
  steps: Step[];
  reactions: ("thumbs_up" | "thumbs_down" | "confused")[];
}

/** Over the report as JSON with sorted keys, no space, UTF-8; see :mod:`hub.compliance.seal`. */
export interface Signature {
  algorithm: "Ed25519";
  key: string;
  value: string;
}

/** `POST /api/reports/compliance`; the file of `flowback report compliance`. */
export interface SignedReport {
  report: Report;
  signature: Signature;
}
