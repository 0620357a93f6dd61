/**
 * What the hub answered, kept by the question.
 *
 * A component names its question and gets the newest answer. When the question
 * changes, the answer to the one before stays on screen until the new one is
 * there; when the data change, `refresh` asks all questions again that are on
 * screen, and nothing is taken away meanwhile.
 */

import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { type Ask, get, HubUnreachable, questions } from "../api/client";
import { markDown, markUp } from "./connection";

export interface Answer<T> {
  data: T | null;
  error: Error | null;
  /** The question changed and its answer is not there yet. */
  loading: boolean;
  retry: () => void;
}

interface Entry {
  data: unknown;
  error: Error | null;
  running: AbortController | null;
  again: boolean;
  past: boolean;
  watchers: Set<() => void>;
  version: number;
}

const KEPT = 60;
const entries = new Map<string, Entry>();

function entryOf(path: string): Entry {
  const found = entries.get(path);
  if (found) return found;
  for (const [old, entry] of entries) {
    if (entries.size < KEPT) break;
    if (entry.watchers.size === 0 && !entry.running) entries.delete(old);
  }
  const made: Entry = {
    data: null,
    error: null,
    running: null,
    again: false,
    past: false,
    watchers: new Set(),
    version: 0,
  };
  entries.set(path, made);
  return made;
}

function publish(entry: Entry): void {
  entry.version += 1;
  for (const watcher of [...entry.watchers]) watcher();
}

async function load(path: string): Promise<void> {
  const entry = entryOf(path);
  if (entry.running) {
    entry.again = true;
    return;
  }
  const controller = new AbortController();
  entry.running = controller;
  try {
    const data = await get<unknown>({ path }, controller.signal);
    // The same rows again: the same object stays, and nothing is drawn anew.
    if (JSON.stringify(data) !== JSON.stringify(entry.data)) entry.data = data;
    entry.error = null;
    markUp();
  } catch (error) {
    if (error instanceof HubUnreachable) markDown();
    else markUp();
    entry.error = error instanceof Error ? error : new Error(String(error));
  }
  entry.running = null;
  publish(entry);
  if (entry.again) {
    entry.again = false;
    await load(path);
  }
}

/** Asks again what is on screen; ends when all answers are there. `all`: also what lies in the past. */
export async function refresh(all = false): Promise<void> {
  const asked: Promise<void>[] = [];
  for (const [path, entry] of [...entries]) {
    if (entry.watchers.size === 0) entries.delete(path);
    else if (all || !entry.past) asked.push(load(path));
  }
  await Promise.all(asked);
}

/** Finds out whether the hub answers at all. */
export async function probe(): Promise<boolean> {
  try {
    await get(questions.projects());
  } catch (error) {
    if (error instanceof HubUnreachable) {
      markDown();
      return false;
    }
  }
  markUp();
  return true;
}

/** Forgets everything; for tests. */
export function forgetAnswers(): void {
  entries.clear();
}

function routeOf(path: string | null): string | null {
  return path === null ? null : (path.split("?", 1)[0] ?? null);
}

/** The answer to a question; null asks nothing. `past` marks what no new event can change. */
export function useAnswer<T>(question: Ask<T> | null, options?: { past?: boolean }): Answer<T> {
  const path = question?.path ?? null;
  const past = options?.past ?? false;
  const shown = useRef<{ route: string | null; data: T | null }>({ route: null, data: null });

  const watch = useCallback(
    (listener: () => void) => {
      if (path === null) return () => {};
      const { watchers } = entryOf(path);
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    [path],
  );
  useSyncExternalStore(watch, () => (path === null ? -1 : entryOf(path).version));

  useEffect(() => {
    if (path === null) return;
    const entry = entryOf(path);
    entry.past = past;
    if (entry.data === null || !past) void load(path);
  }, [path, past]);

  const entry = path === null ? null : entryOf(path);
  const route = routeOf(path);
  if (shown.current.route !== route) shown.current = { route, data: null };
  if (entry?.data) shown.current.data = entry.data as T;
  return {
    data: shown.current.data,
    error: entry?.error ?? null,
    loading: entry !== null && entry.data === null && entry.error === null,
    retry: useCallback(() => {
      if (path !== null) void load(path);
    }, [path]),
  };
}
