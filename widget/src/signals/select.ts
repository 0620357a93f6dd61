/** Text was selected; never which. */
import { emit, on } from "../flow";
import { later } from "../safe";
import { describe } from "../target";

const SETTLED = 500;

export function selections(): void {
  let timer = 0;
  const look = () => {
    const { isCollapsed, anchorNode } = getSelection() as Selection;
    if (isCollapsed) return;
    // Where a whole paragraph is selected, some engines name the paragraph, others its text.
    const at = anchorNode as Node;
    const el = (at.nodeType === 1 ? at : at.parentNode) as Element;
    if (el.closest("[data-flowback-ignore],[contenteditable]")) return;
    emit({ action: "select", ...describe(el) });
  };
  on("selectionchange", () => {
    clearTimeout(timer);
    timer = later(SETTLED, look);
  });
}
