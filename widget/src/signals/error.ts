/** A script failed, perhaps after a click; never with its message. */
import type { Flow } from "../flow";
import { now } from "../safe";

/** An error so long after a click belongs to it. */
const NEAR = 2_000;
/** A page that fails in a loop is told often enough. */
const MOST = 20;

export function errors(flow: Flow): void {
  let click: number | undefined;
  let at = -NEAR;
  let told = 0;
  flow.hear(({ what, n }) => {
    if (what === "view") told = 0;
    if (what !== "click") return;
    click = n;
    at = now();
  });
  flow.on(
    "error unhandledrejection",
    ({ target }) => {
      // A picture that is missing is no failed script.
      if (target !== window || ++told > MOST) return;
      const after = Math.round(now() - at);
      flow.emit({ action: "error", ...(after < NEAR && { of: click, after }) });
    },
    window,
  );
}
