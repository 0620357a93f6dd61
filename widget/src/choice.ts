/** The visitor's choice: what it is, how it is remembered, what the browser says for them. */
import { config } from "./config";
import { read, write } from "./storage";
import type { ConsentRequest } from "./types.gen";

export type State = "pending" | ConsentRequest["state"];
export type Source = ConsentRequest["source"];
export type Purpose = NonNullable<ConsentRequest["purposes"]>[number];

export const PURPOSES: Purpose[] = ["interaction", "reaction_prompt", "comment"];

/** The choice record: all that is kept of a visitor who said no. */
export interface Choice {
  state: State;
  source: Source;
  policyVersion: string;
  /** ms since 1970 of the choice; it holds for `days`. */
  at: number;
  days: number;
  purposes?: Purpose[];
  /** The visitor overrode GPC or DNT. */
  override?: boolean;
}

/** The choice in force. */
export let choice: Choice;

/**
 * Makes a new choice, now, which is not yet written down. Until the region's row says its
 * own, it is asked for again after 180 days.
 */
export function choose(state: State, source: Source, more?: Partial<Choice>): void {
  const { policyVersion } = config;
  choice = { state, source, policyVersion, at: Date.now(), days: 180, ...more };
}

/** Writes the choice down, for the next pages and for other tabs. */
export const keep = (): void => write("choice", choice);

/** Is `purpose` granted? */
export const may = (purpose: Purpose): boolean => `${choice.purposes}`.includes(purpose);

/** What of the choice travels. */
export const said = (): Partial<Choice> => ({ ...choice, days: undefined });

/** What the browser says for its visitor, before anyone asked. */
export function refusal(): "gpc" | "dnt" | undefined {
  const says = navigator as { globalPrivacyControl?: boolean; doNotTrack?: string | null };
  return says.globalPrivacyControl ? "gpc" : says.doNotTrack === "1" ? "dnt" : undefined;
}

/** Did the browser say no, not its visitor? */
export const byBrowser = ({ state, source }: Partial<Choice>): boolean =>
  state === "denied" && /gpc|dnt/.test(source as string);

/**
 * Reads the choice in force; returns whether it is one that was kept. A record that is
 * too old, of another policy or no record is pending.
 */
export function recall(): boolean {
  const kept = read<Choice>("choice") as Choice;
  const says = refusal();
  const holds =
    /^(granted|denied|withdrawn)$/.test(kept.state) &&
    kept.policyVersion === config.policyVersion &&
    Date.now() - kept.at < kept.days * 864e5 &&
    // A browser's no counts until its visitor overrides it, and ends when the browser stops saying it.
    !(says ? kept.state === "granted" && !kept.override : byBrowser(kept));
  if (holds) choice = kept;
  else choose(says ? "denied" : "pending", says || "banner");
  return holds;
}
