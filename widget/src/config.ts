/** What the site sets in `window.flowbackConfig`, checked and completed. */
import type { Texts } from "./texts/en";

/** When to ask. The first rule that fits the page and the moment wins. */
export interface Rule {
  /** Under `eligibility: "formbricks"`: what is remembered of it; preset: `on`. */
  id?: string;
  displayOption?: "displayOnce" | "displayMultiple" | "displaySome" | "respondMultiple";
  /** Questions under `displaySome`. */
  displayLimit?: number;
  /** Whole days since any question; preset: the configuration's. */
  recontactDays?: number;
  /** Asked only of visitors whose `segments` name it. */
  segment?: string;

  on: "rage_click" | "dead_click" | "hesitation" | "dwell" | "exit_intent" | "page";
  /** Pattern of the page's path; `*` stands for anything. */
  page?: string;
  /** Share of the fitting moments at which to ask, 0…1. */
  sampleRate?: number;
  /** ms: of dwell on a target (hesitation), or on the page (dwell, page). */
  after?: number;
  question?: string;
}

/** All options; only `projectId` and `key` must be given. */
export interface Config {
  projectId: string;
  key: string;
  /** Where the edge is; preset: the origin that served this script. */
  apiUrl: string;
  /**
   * `banner`: the site's consent platform (TCF, Consent Mode) where there is one, else the
   * widget asks; `cmp`: the platform alone, also where it comes late; `api`: the site calls
   * `flowback.consent.grant()` itself.
   */
  consent: "banner" | "cmp" | "api";
  policyVersion: string;
  /** Share of sessions that are captured, 0…1. */
  sampleRate?: number;
  /** At least so many ms between two questions. */
  throttleMs: number;
  /** Questions in one session, in 7 days. */
  sessionCap?: number;
  weekCap?: number;
  batchSize: number;
  batchIntervalMs: number;
  /** How long what follows a click is watched: at least as long as the detectors' deadlines. */
  watchMs: number;
  promptTheme: "auto" | "light" | "dark";
  siteName?: string;
  retentionDays?: number;
  detailsUrl?: string;
  language?: string;
  texts?: Partial<Texts> | Record<string, Partial<Texts>>;
  rules?: Rule[];
  /** Who may be asked, beside the widget's own limits: by another product's rules. */
  eligibility?: "formbricks";
  /** Under `formbricks`: 7 is its preset; and what the site knows of the visitor, never sent. */
  recontactDays?: number;
  segments?: string[];
  /** A button in the corner with which visitors speak up by themselves. */
  feedbackButton?: boolean;
}

/** The options of this page. */
export let config: Config;

/** Sets the options; returns whether an edge can be reached with them. */
export function configure(given: Partial<Config>, script = location.href): boolean {
  config = {
    apiUrl: script,
    consent: "banner",
    policyVersion: "1",
    watchMs: 3e3,
    batchSize: 50,
    batchIntervalMs: 5e3,
    promptTheme: "auto",
    ...given,
    // 30 s is the floor of the owner's rules; a site can only ask less often.
    throttleMs: Math.max(3e4, given.throttleMs || 0),
  } as Config;
  // A path is kept, for an edge behind the site's own server; a script's name is none.
  config.apiUrl = new URL(config.apiUrl, location.href).href.replace(/\/([^/]*\.js.*)?$/, "");
  return !!(config.projectId && config.key);
}
