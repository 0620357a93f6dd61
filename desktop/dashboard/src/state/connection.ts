/** Whether the hub answers. While it does not, the last state stays and a new try is counted down. */

import { createStore } from "./store";

export interface Connection {
  /** When it last answered; null while it does. */
  downSince: number | null;
  /** When it is tried again. */
  nextTry: number | null;
}

const UP: Connection = { downSince: null, nextTry: null };
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 30_000;

export const connection = createStore<Connection>(UP);

let wait = FIRST_WAIT;
let timer: ReturnType<typeof setTimeout> | undefined;
let retry: () => void = () => {};

/** Says what a new try does. */
export function onRetry(action: () => void): void {
  retry = action;
}

export function markDown(): void {
  const { downSince, nextTry } = connection.get();
  if (nextTry !== null && nextTry > Date.now()) return;
  clearTimeout(timer);
  connection.set({ downSince: downSince ?? Date.now(), nextTry: Date.now() + wait });
  timer = setTimeout(tryNow, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

export function markUp(): void {
  if (connection.get().downSince === null) return;
  clearTimeout(timer);
  wait = FIRST_WAIT;
  connection.set(UP);
}

export function tryNow(): void {
  clearTimeout(timer);
  connection.set({ ...connection.get(), nextTry: null });
  retry();
}
