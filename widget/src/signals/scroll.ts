/** How far down the page was seen, told in steps of 10 percent. */
import { emit, here, on } from "../flow";
import { later, round } from "../safe";

const SETTLED = 300;
const STEP = 10;

export function scrolls(): void {
  let timer = 0;
  const measure = () => {
    timer = 0;
    const { scrollHeight } = document.documentElement;
    const depth = Math.min(100, round(((scrollY + innerHeight) / scrollHeight) * 100));
    const before = here._depth;
    if (depth < before + STEP && (depth < 100 || before === depth)) return;
    here._depth = depth;
    emit({ action: "scroll", depth });
  };
  on("scroll", ({ target }) => {
    if (target !== document) return;
    here._acted = true;
    timer ||= later(SETTLED, measure);
  });
}
