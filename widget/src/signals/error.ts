/** A script failed, perhaps after a click; never with its message. */
import { emit, here, on } from "../flow";
import { now, round } from "../safe";
import { latest } from "./click";

/** An error so long after a click belongs to it. */
const NEAR = 2_000;
/** A page that fails in a loop is told often enough. */
const MOST = 20;

export const errors = (): void =>
  on("error unhandledrejection", ({ target }) => {
    // A picture that is missing is no failed script.
    if (target !== window || here._errors++ >= MOST) return;
    const after = round(now() - latest._at);
    emit({ action: "error", ...(after < NEAR && { of: latest._n, after }) });
  });
