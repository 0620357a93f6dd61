/** A pause of the visitor, told when it is over. */
import { emit, on } from "../flow";
import { now, round } from "../safe";

const WORTH = 30_000;

export function idles(): void {
  let last = now();
  on("pointermove pointerdown keydown scroll", () => {
    const duration = round(now() - last);
    last = now();
    if (duration >= WORTH) emit({ action: "idle", duration });
  });
}
