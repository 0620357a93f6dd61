/** What the whole widget has beside the core. */
import { allowed, ask, attend } from "./ask";
import { forget, log } from "./log";
import type { Parts } from "./parts";
import { applyRules, heard, hover, silent } from "./rules";
import { sha256 } from "./sha256";
import { texts } from "./texts";
import { panel } from "./ui/panel";

export const whole: Parts = {
  _texts: texts,
  _sha256: sha256,
  _begin() {
    attend();
    applyRules();
  },
  _end: forget,
  _ask: ask,
  _allowed: allowed,
  _heard(payload, n, event, element) {
    log(event);
    heard(payload, n, element);
  },
  _hover: hover,
  _silent: silent,
  _panel: panel,
};
