/** Text was selected; never which. */
import { emit, on } from "../flow";
import { later, now } from "../safe";
import { describe } from "../target";

const SETTLED = 500;

/** When the text was selected that is; -1 where none is. */
let selected = -1;
/** The last change that was not looked at. */
let changed = 0;

/** When the text that is selected was selected. Asking for it can cost a layout, so that nobody asks twice. */
export function selectedAt(): number {
  if (changed) {
    selected = getSelection()?.isCollapsed === false ? changed : -1;
    changed = 0;
  }
  return selected;
}

export function selections(): void {
  let last = 0;
  let timer = 0;
  const look = () => {
    // Typing changes it with each key: one timer waits for the last of them.
    const wait = last + SETTLED - now();
    timer = wait > 0 ? later(wait, look) : 0;
    if (timer || selectedAt() < 0) return;
    // Where a whole paragraph is selected, some engines name the paragraph, others its text.
    const at = getSelection()?.anchorNode as Node;
    const el = (at.nodeType === 1 ? at : at.parentNode) as Element;
    if (el.closest("[data-flowback-ignore],[contenteditable]")) return;
    emit({ action: "select", ...describe(el) });
  };
  on("selectionchange", ({ timeStamp }) => {
    last = changed = timeStamp;
    timer ||= later(SETTLED, look);
  });
}
