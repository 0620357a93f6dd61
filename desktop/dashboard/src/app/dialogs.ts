/**
 * The dialogs are the browser's own: it traps focus, closes on Escape and gives
 * focus back. Each is fetched when it is first opened, and only one is open.
 */

import { createStore } from "../state/store";

export type DialogName = "help" | "palette" | "period";

export const opened = createStore<DialogName | null>(null);

export function openDialog(name: DialogName): void {
  opened.set(name);
}

export function closeDialog(): void {
  opened.set(null);
}
