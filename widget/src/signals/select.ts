/** Text was selected; never which. */
import type { Flow } from "../flow";
import { guard } from "../safe";
import { describe } from "../target";

const SETTLED = 500;

export function selections(flow: Flow): void {
  let timer = 0;
  const look = guard(() => {
    const { isCollapsed, anchorNode } = getSelection() as Selection;
    const el = anchorNode?.parentElement;
    if (isCollapsed || !el || el.closest("[data-flowback-ignore],[contenteditable]")) return;
    flow.emit({ action: "select", ...describe(el) });
  });
  flow.on("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED);
  });
}
