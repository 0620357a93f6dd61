/** What the whole widget has beside the core, whose build takes `parts.core.ts` in its place. */
import { allowed, ask, attend } from "./ask";
import { config } from "./config";
import { applyRules } from "./rules";
import { volunteer } from "./volunteer";

export { log } from "./log";
export { platform } from "./platform";
export { heard, hover, silent } from "./rules";
export { sha256 } from "./sha256";
export { texts } from "./texts";
export { panel } from "./ui/panel";
export { allowed, ask };

/** A grant began. */
export function begin(): void {
  attend();
  applyRules();
}

/** The question for consent is shown, or gone. */
export const banner = (shown: boolean): void => volunteer(!shown && !!config.feedbackButton);
