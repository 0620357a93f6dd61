/** The reader's place, read from the address and written to it: the back button undoes each step. */

import { useMemo, useSyncExternalStore } from "react";
import { addressOf, type Place, parsePlace } from "../lib/place";

const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of [...listeners]) listener();
}

addEventListener("hashchange", tell);
addEventListener("popstate", tell);

export function usePlace(): Place {
  const hash = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => location.hash,
  );
  return useMemo(() => parsePlace(hash), [hash]);
}

/** The place now, for what is not a component. */
export function currentPlace(): Place {
  return parsePlace(location.hash);
}

/** Goes to a place: a step that Back undoes, or with `replace` the same step set right. */
export function goTo(place: Place, how: "push" | "replace" = "push"): void {
  const address = addressOf(place);
  if (address === location.hash) return;
  if (how === "replace") history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  tell();
}
