/** How far down the page was seen, told in steps of 10 percent. */
import type { Flow } from "../flow";
import { guard } from "../safe";

const SETTLED = 300;
const STEP = 10;

export function scrolls(flow: Flow): void {
  let timer = 0;
  const measure = guard(() => {
    timer = 0;
    const { scrollHeight } = document.documentElement;
    const depth = Math.min(100, Math.round(((scrollY + innerHeight) / scrollHeight) * 100));
    if (depth < flow.depth + STEP && (depth < 100 || flow.depth === depth)) return;
    flow.depth = depth;
    flow.emit({ action: "scroll", depth });
  });
  flow.on("scroll", ({ target }) => {
    if (target !== document) return;
    flow.interacted = true;
    timer ||= setTimeout(measure, SETTLED);
  });
}
