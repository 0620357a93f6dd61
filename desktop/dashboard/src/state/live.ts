/**
 * Live data that never moves what is being read.
 *
 * A change of the project is applied at once when the reader is not in the middle
 * of something, and else waits behind "Show 3 updates". It is applied by itself
 * as soon as the reader is free again. Changes that come faster than the hub
 * answers are taken together.
 */

import { listen } from "../api/client";
import { probe, refresh } from "./answers";
import { createStore } from "./store";

export interface Live {
  /** Changes that wait. */
  waiting: number;
  /** They wait for the reader, not for the hub. */
  held: boolean;
  /** The reader stopped it. */
  paused: boolean;
}

export const live = createStore<Live>({ waiting: 0, held: false, paused: false });

/** Shortest time between two refreshes, ms. */
const PACE = 400;
const LOOK = 250;

/** Whether something is opened, hovered, typed, selected or scrolled to. */
export function readerIsBusy(page: Document = document): boolean {
  if (page.querySelector("[data-open], dialog[open], [data-rows]:hover")) return true;
  const active = page.activeElement;
  if (active?.matches("input, textarea, [data-rows] *")) return true;
  if (page.getSelection()?.type === "Range") return true;
  return (page.defaultView?.scrollY ?? 0) > 48;
}

let running = false;
let lastEnd = 0;
let lastCost = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

async function apply(): Promise<void> {
  running = true;
  const begun = Date.now();
  live.set({ ...live.get(), waiting: 0, held: false });
  await refresh();
  lastEnd = Date.now();
  lastCost = lastEnd - begun;
  running = false;
  plan();
}

function plan(): void {
  clearTimeout(timer);
  const { waiting, paused } = live.get();
  if (waiting === 0 || paused || running) return;
  // A hub that needs long is asked less often: at most half of its time goes into refreshing.
  const due = lastEnd + Math.max(PACE, lastCost);
  timer = setTimeout(
    () => {
      if (document.hidden || readerIsBusy()) {
        live.set({ ...live.get(), held: true });
        timer = setTimeout(plan, LOOK);
      } else void apply();
    },
    Math.max(0, due - Date.now()),
  );
}

/** Applies what waits, because the reader asked for it. */
export function showUpdates(): void {
  clearTimeout(timer);
  if (!running) void apply();
}

export function setPaused(paused: boolean): void {
  live.set({ ...live.get(), paused });
  plan();
}

/** Follows a project; returns what ends it. */
export function follow(projectId: string): () => void {
  live.set({ ...live.get(), waiting: 0, held: false });
  let seen = -1;
  let broken = false;
  const count = () => {
    live.set({ ...live.get(), waiting: live.get().waiting + 1 });
    plan();
  };
  const end = listen(projectId, {
    // What changed while the stream was broken is caught up with.
    onOpen: () => {
      if (broken) count();
      broken = false;
    },
    onError: () => {
      broken = true;
      void probe();
    },
    onChange: (change) => {
      if (change.projectId !== projectId || change.version === seen) return;
      seen = change.version;
      count();
    },
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}
