/** Fields are visited, changed and left, forms are sent; what they hold is never read. */
import { emit, here, on } from "../flow";
import { isField, secret } from "../kind";
import { describe, resolve, selector } from "../target";

const PHASES = { focusin: "focus", change: "change", focusout: "blur" } as const;

export function fields(): void {
  on("focusin change focusout", (event) => {
    const el = resolve(event)?._element;
    if (!el || !isField(el) || secret(el)) return;
    const phase = PHASES[event.type as keyof typeof PHASES];
    here._acted ||= phase === "change";
    const form = el.closest("form");
    emit({ action: "input", phase, ...describe(el), form: form ? selector(form) : undefined });
  });
  on("submit", (event) => {
    const target = resolve(event);
    if (!target) return;
    here._acted = true;
    emit({ action: "submit", ...describe(target._path[0] as Element) });
  });
}
