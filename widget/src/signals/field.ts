/** Fields are visited, changed and left, forms are sent; what they hold is never read. */
import type { Flow } from "../flow";
import { secret } from "../kind";
import { describe, is, resolve, selector } from "../target";

const FIELDS =
  "input:not([type=button],[type=submit],[type=reset],[type=image]),textarea,select,[contenteditable]";
const PHASES = { focusin: "focus", change: "change", focusout: "blur" } as const;

export function fields(flow: Flow): void {
  flow.on("focusin change focusout", (event) => {
    const el = resolve(event)?._element;
    if (!el || !is(el, FIELDS) || secret(el)) return;
    const phase = PHASES[event.type as keyof typeof PHASES];
    flow.interacted ||= phase === "change";
    const form = el.closest("form");
    flow.emit({ action: "input", phase, ...describe(el), form: form ? selector(form) : undefined });
  });
  flow.on("submit", (event) => {
    const target = resolve(event);
    if (!target) return;
    flow.interacted = true;
    flow.emit({ action: "submit", ...describe(target._path[0] as Element) });
  });
}
