/**
 * Brings what waits to the edge: in order, in batches, again and again until the
 * edge has it or will never take it. What is captured is written within 200 ms.
 */
import type { Config } from "./config";
import { LARGEST, request } from "./http";
import { type Item, shelf, young } from "./queue";
import type { BatchAnswer, ConsentAnswer } from "./types.gen";

/** Items that may wait, at most some 3 kB each; the oldest events go first and are counted. */
const MOST = 3_000;
const WRITE_MS = 200;
const SWEEP_MS = 30_000;
const LONGEST_WAIT = 300_000;

export interface Delivery {
  add(item: Item): void;
  /** Sends what waits; within `ms`, or at once. */
  flush(ms?: number): void;
  /** Sends what fits into one request while the page goes. */
  last(): void;
  /** Forgets everything and aborts what is under way. */
  clear(): void;
  /** Events dropped because too many waited or the edge would never take them. */
  readonly dropped: number;
}

export function deliver(
  config: Config,
  heard: (answer: BatchAnswer | ConsentAnswer) => void,
): Delivery {
  const queue = shelf<Item>(`flowback-${config.projectId}`);
  const busy = new Set<Item>();
  let items: Item[] = [];
  let unwritten: Item[] = [];
  let abort = new AbortController();
  let dropped = 0;
  let failures = 0;
  let notBefore = 0;
  /** Until when the edge itself said to wait. */
  let told = 0;
  let running = false;
  let writing = 0;
  let timer = 0;
  let due = 0;

  const forget = (gone: Item[]) => {
    const stays = (item: Item) => !gone.includes(item);
    items = items.filter(stays);
    unwritten = unwritten.filter(stays);
    queue.remove(gone);
  };

  const drop = (gone: Item[]) => {
    dropped += gone.length;
    forget(gone);
  };

  const write = () => {
    writing = 0;
    queue.put(unwritten);
    unwritten = [];
  };

  /** The next request's items: one choice, or one stream's events. */
  const next = (most: number): Item[] => {
    const free = items.filter((item) => !busy.has(item));
    const head = free[0];
    if (head?.kind !== "event") return head ? [head] : [];
    let size = 0;
    return free
      .filter(({ kind, stream }) => kind === "event" && stream === head.stream)
      .slice(0, most)
      .filter(({ body }) => {
        size += body.length + 1;
        return size < LARGEST;
      });
  };

  const send = ([{ kind, session, stream, body }, ...rest]: [Item, ...Item[]], last?: boolean) => {
    const url = (path: string) => `${config.apiUrl}/${path}?k=${config.key}`;
    const { signal } = abort;
    const post = (path: string, head: string) =>
      request<BatchAnswer | ConsentAnswer>(
        "POST",
        url(path),
        `${head.slice(0, -1)},"sentAt":${Date.now()}}`,
        { signal },
        last,
      );
    if (kind === "erase") {
      const headers = { Authorization: `Bearer ${body}` };
      return request<BatchAnswer>("DELETE", url(`sessions/${session}`), undefined, {
        signal,
        headers,
      });
    }
    if (kind === "consent") return post(kind, body);
    const head = JSON.stringify({ projectId: config.projectId, sessionId: session, stream });
    const events = [body, ...rest.map((item) => item.body)].join();
    return post("events", `${head.slice(0, -1)},"events":[${events}]}`);
  };

  /** Sends one batch; returns whether to go on. */
  const attempt = async (batch: Item[], last?: boolean): Promise<boolean> => {
    const { signal } = abort;
    for (const item of batch) busy.add(item);
    const { answer, keep, wait } = await send(batch as [Item, ...Item[]], last);
    for (const item of batch) busy.delete(item);
    if (signal.aborted) return false;
    if (keep) {
      // Jitter, so that a thousand browsers do not come back together.
      const back = wait || Math.min(LONGEST_WAIT, 500 * 2 ** ++failures);
      notBefore = Date.now() + back * (1 + Math.random() / 2);
      if (wait) told = notBefore;
      flush();
      return false;
    }
    failures = 0;
    if (answer === undefined) drop(batch);
    else forget(batch);
    if (answer?.policy) heard(answer);
    return true;
  };

  const pump = async () => {
    due = 0;
    if (running) return;
    running = true;
    for (let batch = next(config.batchSize); batch.length; batch = next(config.batchSize)) {
      if (!(await attempt(batch))) break;
    }
    running = false;
  };

  const flush = (ms = 0) => {
    const at = Math.max(Date.now() + ms, notBefore);
    if (due && at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(pump, at - Date.now());
  };

  /** Takes over what other page loads left, older than `age` ms. Sent twice is counted once. */
  const sweep = async (age: number) => {
    const all = await queue.all();
    queue.remove(all.filter((item) => !young(item)));
    const found = all.filter(
      (one) =>
        young(one) &&
        +(one.id.split(",")[1] as string) <= Date.now() - age &&
        !items.some(({ id }) => id === one.id),
    );
    items = [...found, ...items];
    if (found.length) flush();
  };

  sweep(0);
  setInterval(sweep, SWEEP_MS, SWEEP_MS);
  addEventListener("online", () => {
    notBefore = 0;
    flush();
  });

  return {
    add(item) {
      items.push(item);
      unwritten.push(item);
      if (items.length > MOST)
        drop(items.filter(({ kind }) => kind === "event").slice(0, MOST / 10));
      if (item.kind === "event") {
        writing ||= setTimeout(write, WRITE_MS);
        flush(items.length < config.batchSize ? config.batchIntervalMs : 0);
      } else {
        write();
        flush();
      }
    },
    flush,
    last() {
      write();
      // Events must not overtake the choice that lets them pass: they wait for the next page.
      const waits = items.some((item) => item.kind !== "event" && busy.has(item));
      const batch = next(500);
      // What was under way fails as its page goes, which says nothing of the edge.
      if (batch.length && !waits && Date.now() >= told) attempt(batch, true);
    },
    clear() {
      abort.abort();
      abort = new AbortController();
      items = [];
      unwritten = [];
      notBefore = 0;
      queue.clear();
    },
    get dropped() {
      return dropped;
    },
  };
}
