/** The visitor's choice: what it is, how it is remembered, what the browser says for them. */
import type { Config } from "./config";
import type { Store } from "./storage";
import type { ConsentRequest } from "./types.gen";

export type State = "pending" | ConsentRequest["state"];
export type Source = ConsentRequest["source"];
export type Purpose = NonNullable<ConsentRequest["purposes"]>[number];

export const PURPOSES: Purpose[] = ["interaction", "reaction_prompt", "comment"];

/** The choice record: all that is kept of a visitor who said no. */
export interface Choice {
  state: State;
  source: Source;
  /** ms since 1970 of the choice; it holds for `days`. */
  at: number;
  days: number;
  policyVersion: string;
  purposes?: Purpose[];
  /** The visitor overrode GPC or DNT. */
  override?: boolean;
  /** The notice that the browser said no was read. */
  noticed?: boolean;
}

/** A new choice, made now. Until the region's row says its own, it is asked for again after 180 days. */
export const choose = (
  { policyVersion }: Config,
  state: State,
  source: Source,
  more?: Partial<Choice>,
): Choice => ({ state, source, at: Date.now(), days: 180, policyVersion, ...more });

/** What the browser says for its visitor, before anyone asked. */
export function refusal(): "gpc" | "dnt" | undefined {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & {
    globalPrivacyControl?: boolean;
    doNotTrack?: string | null;
  };
  return globalPrivacyControl ? "gpc" : doNotTrack === "1" ? "dnt" : undefined;
}

/** Did the browser say no, not its visitor? */
export const byBrowser = ({ state, source }: Choice): boolean =>
  state === "denied" && /gpc|dnt/.test(source);

/** Returns the choice in force. A record that is too old, of another policy or no record is pending. */
export function current(store: Store, config: Config): Choice {
  const kept = store.get<Choice>("choice") as Choice;
  const holds =
    /^(granted|denied|withdrawn)$/.test(kept.state) &&
    kept.policyVersion === config.policyVersion &&
    Date.now() - kept.at < kept.days * 864e5;
  const says = refusal();
  // A browser's no counts until its visitor overrides it, and ends when the browser stops saying it.
  if (says && (!holds || (kept.state === "granted" && !kept.override))) {
    return choose(config, "denied", says);
  }
  return holds && (says || !byBrowser(kept)) ? kept : choose(config, "pending", "banner");
}
