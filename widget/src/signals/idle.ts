/** A pause of the visitor, told when it is over. */
import type { Flow } from "../flow";
import { now } from "../safe";

const WORTH = 30_000;

export function idles(flow: Flow): void {
  let last = now();
  flow.on("pointermove pointerdown keydown scroll", () => {
    const duration = Math.round(now() - last);
    last = now();
    if (duration >= WORTH) flow.emit({ action: "idle", duration });
  });
}
