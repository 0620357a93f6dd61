/** What the whole widget has beside the core, whose build takes `parts.core.ts` in its place. */
import { allowed, ask, attend } from "./ask";
import { config } from "./config";
import { forget, log } from "./log";
import { applyRules, heard as hear } from "./rules";
import type { FeedbackPayload, SignalRaw } from "./types.gen";
import { volunteer } from "./volunteer";

export { platform } from "./platform";
export { hover, silent } from "./rules";
export { sha256 } from "./sha256";
export { texts } from "./texts";
export { panel } from "./ui/panel";
export { allowed, ask, forget as end };

/** A grant began. */
export function begin(): void {
  attend();
  applyRules();
}

/** Event `n` was captured. */
export function heard(
  payload: SignalRaw["payload"] | FeedbackPayload,
  n: number,
  event: object,
  element?: Element,
): void {
  log(event);
  hear(payload, n, element);
}

/** The question for consent is shown, or gone. */
export const banner = (shown: boolean): void => volunteer(!shown && !!config.feedbackButton);
