/** A box in the corner with a title and a cross: the question, the panel. Not modal. */
import { button, make, say, surface } from "./surface";

const DIALOG = `.x{inset-inline-start:auto;width:320px}
@media(max-width:480px){.x.x{inset-inline:8px;width:auto}}
@media(prefers-reduced-motion:no-preference){.x{animation:i .16s ease-out}@keyframes i{0%{opacity:0;translate:0 8px}}}
h2{padding-inline-end:28px}
.c{position:absolute;inset-block-start:2px;inset-inline-end:2px;width:44px;padding:0;border:0;font-size:20px;font-weight:400}
.n{border:0;padding:0;min-height:0;font-weight:400;color:light-dark(#0a6468,#6ccfcc);text-decoration:underline}
`;

export interface Dialog {
  _box: HTMLElement;
  _title: HTMLElement;
  _cross: HTMLElement;
  _close(): void;
}

/** Shows `children` under `title`; `dismiss` hears the cross and Escape. */
export function dialog(
  name: "prompt" | "panel",
  css: string,
  text: string,
  dismiss: () => void,
  ...children: Node[]
): Dialog {
  const title = make("h2", { id: "t" }, text);
  const cross = button(
    { class: "c", "aria-label": say("close"), "data-action": "close" },
    dismiss,
    "×",
  );
  const box = make(
    "section",
    { role: "dialog", "aria-modal": "false", "aria-labelledby": "t" },
    title,
    ...children,
    cross,
  );
  box.onkeydown = (event) => {
    // Keys pressed here are not the page's shortcuts.
    event.stopPropagation();
    if (event.key === "Escape") dismiss();
  };
  return { _box: box, _title: title, _cross: cross, _close: surface(name, box, DIALOG + css) };
}
