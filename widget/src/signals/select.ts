/** Text was selected; never which. */
import type { Flow } from "../flow";
import { guard } from "../safe";
import { describe } from "../target";

const SETTLED = 500;

export function selections(flow: Flow): void {
  let timer = 0;
  const look = guard(() => {
    const { isCollapsed, anchorNode } = getSelection() as Selection;
    if (isCollapsed) return;
    // Where a whole paragraph is selected, some engines name the paragraph, others its text.
    const at = anchorNode as Node;
    const el = (at.nodeType === 1 ? at : at.parentNode) as Element;
    if (el.closest("[data-flowback-ignore],[contenteditable]")) return;
    flow.emit({ action: "select", ...describe(el) });
  });
  flow.on("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED);
  });
}
