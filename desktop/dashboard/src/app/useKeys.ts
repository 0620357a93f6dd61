/**
 * The keyboard. Pages take part by marks in their markup: `data-key="a"` is clicked
 * by that key, `data-row` is stepped through by j and k, `data-search` is reached by /.
 */

import { useEffect } from "react";
import { shifted } from "../lib/period";
import { adjusted, elsewhere, refiltered } from "../lib/place";
import { currentPlace, goTo } from "../state/place";
import { recall, remember } from "../state/storage";
import { createStore } from "../state/store";
import { turnTheme } from "../state/theme";
import { spanOf } from "../state/view";
import { openDialog } from "./dialogs";
import { ROUTES } from "./routes";

/** Single letters can be switched off (WCAG 2.2, 2.1.4). */
export const singleKeys = createStore(recall("keys") !== "off");

export function setSingleKeys(on: boolean): void {
  remember("keys", on ? null : "off");
  singleKeys.set(on);
}

const PREFIX_MS = 1200;
/** What is opened by the address, innermost first. */
const LAYERS = ["open", "id", "focus"] as const;

function stepRow(direction: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")].filter(
    (row) => row.offsetParent !== null,
  );
  const current = rows.findIndex((row) => row.matches(":focus"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, current + direction))];
  next?.focus();
}

function closeLayer(): void {
  const place = currentPlace();
  const layer = LAYERS.find((name) => place.local[name] !== undefined);
  if (layer) goTo(adjusted(place, { [layer]: null }));
}

function movePeriod(direction: 1 | -1): void {
  const place = currentPlace();
  const now = Date.now();
  const span = shifted(spanOf(place.filters, now), direction, now);
  goTo(refiltered(place, { ...span, period: null }));
}

const SINGLE: Record<string, () => void> = {
  "?": () => openDialog("help"),
  "/": () => document.querySelector<HTMLElement>("main [data-search]")?.focus(),
  ".": turnTheme,
  j: () => stepRow(1),
  k: () => stepRow(-1),
  "[": () => movePeriod(-1),
  "]": () => movePeriod(1),
  t: () => {
    const place = currentPlace();
    const table = place.local["view"] === "table";
    goTo(adjusted(place, { view: table ? null : "table" }), "replace");
  },
};

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select")
  );
}

export function useKeys(): void {
  useEffect(() => {
    let prefixed = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openDialog("palette");
        return;
      }
      const layered = document.querySelector("dialog[open]") !== null;
      if (event.key === "Escape" && !layered && !isTyping(event.target)) {
        closeLayer();
        return;
      }
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      if (layered || modified || isTyping(event.target) || !singleKeys.get()) return;
      const route = ROUTES.find(({ key }) => key !== "" && key === event.key);
      if (route && Date.now() - prefixed < PREFIX_MS) {
        prefixed = 0;
        goTo(elsewhere(currentPlace(), route.page));
        event.preventDefault();
        return;
      }
      prefixed = event.key === "g" ? Date.now() : 0;
      const marked = /^[a-z]$/.test(event.key)
        ? document.querySelector<HTMLElement>(`main [data-key="${event.key}"]`)
        : null;
      const action = marked ? () => marked.click() : SINGLE[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
