/** Clicks, sent at once, and the watch over what follows them. */
import type { Flow } from "../flow";
import { kindOf, secret } from "../kind";
import { clickable, describe, ours, resolve } from "../target";
import type { Click } from "../types.gen";
import { type Watch, watchReactions } from "./reaction";

/** A click long after its pointerdown, or without one as keyboards make it, begins its own watch. */
const FRESH = 2_500;

/** Did this click, or the drag that it ends, select text? The event of it may come after the click. */
function selects(el: Element, { _seen }: Watch): boolean {
  const chosen = getSelection();
  return (
    !!chosen &&
    !chosen.isCollapsed &&
    (_seen.selection !== undefined || chosen.containsNode(el, true))
  );
}

export function clicks(flow: Flow): void {
  const watch = watchReactions(flow);
  let down: Watch | undefined;

  flow.on("pointerdown", (event) => {
    down = ours(event) ? undefined : watch(event);
  });

  flow.on<PointerEvent>("click auxclick", (event) => {
    const target = resolve(event);
    // A click that a script makes is no visitor's.
    if (!target || !event.isTrusted) return;
    const { _path } = target;
    const label = _path.find((el) => el.localName === "label") as HTMLLabelElement | undefined;
    // A label's click makes a second one on its control; only that one counts.
    if (label?.control && !_path.includes(label.control)) return;
    const control = target._inert && clickable(_path);
    if (control) Object.assign(target, { _element: control, _inert: false });
    const { timeStamp, detail, clientX, clientY, button } = event;
    const element = target._element;
    const followed = down && detail && timeStamp - down._from < FRESH ? down : watch(event);
    down = undefined;
    const click: Click = {
      action: "click",
      // Of a secret field not even its place within the page is told.
      ...(secret(element) ? { target: "input" } : describe(element)),
      kind: kindOf(target, event),
      x: Math.round(clientX),
      y: Math.round(clientY),
      button,
      modified: event.ctrlKey || event.metaKey || event.shiftKey || event.altKey,
      selected: selects(element, followed),
    };
    flow.interacted = true;
    const n = flow.emit(click, timeStamp);
    Object.assign(followed, { _n: n, _element: element });
    flow.tell({ what: "click", element, n, signal: click });
  });
}
