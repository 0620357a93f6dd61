/** Light, dark, or as the system has it. `public/theme.js` sets the first one before the first paint. */

import { recall, remember } from "./storage";
import { createStore } from "./store";

export type Theme = "auto" | "light" | "dark";

const kept = recall("theme");
export const theme = createStore<Theme>(kept === "light" || kept === "dark" ? kept : "auto");

function system(): MediaQueryList | null {
  return typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;
}

function apply(): void {
  const wanted = theme.get();
  const dark = wanted === "dark" || (wanted === "auto" && system()?.matches === true);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

export function setTheme(next: Theme): void {
  remember("theme", next === "auto" ? null : next);
  theme.set(next);
}

/** The next of auto, light, dark. */
export function turnTheme(): void {
  const order: readonly Theme[] = ["auto", "light", "dark"];
  setTheme(order[(order.indexOf(theme.get()) + 1) % order.length] ?? "auto");
}

export function followTheme(): void {
  apply();
  theme.watch(apply);
  system()?.addEventListener("change", apply);
}
