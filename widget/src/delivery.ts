/**
 * Brings what waits to the edge: in order, in batches, again and again until the
 * edge has it or will never take it. What is captured is written at once.
 */
import { config } from "./config";
import { digest } from "./ids";
import * as parts from "./parts";
import { type Item, SENT, type Shelf, shelf } from "./queue";
import type { BatchAnswer, ConsentAnswer } from "./types.gen";

export type Answer = BatchAnswer | ConsentAnswer;

/** Items that may wait, at most some 3 kB each; the oldest events go first and are counted. */
const MOST = 3_000;
/** A widget may retry for 7 days; the edge knows duplicates for as long. */
const OLDEST = 7 * 864e5;
const SWEEP_MS = 30_000;
const LONGEST_WAIT = 300_000;
/** Most bytes of a body: what `keepalive` allows (Fetch, 64 KiB), less a reserve; keys of the queue are counted too. */
const LARGEST = 63_000;
/** Gzip pays from so many bytes on. */
const PAYS = 2_048;
/** By then what is captured is written; the busiest page writes five times a second. */
const SOON = 200;

/** Events dropped because too many waited or the edge would never take them. */
export let dropped = 0;

let queue: Shelf | undefined;
let items: Item[] = [];
/** What of them is not yet written. */
let fresh: Item[] = [];
let abort = new AbortController();
let heard: (answer: Answer) => void;
let failures = 0;
let notBefore = 0;
/** Until when the edge itself said to wait. */
let told = 0;
let running = false;
let timer = 0;
let due = 1 / 0;
/** The latest item that a page which may be going has sent. */
let said: Item | undefined;

/** Who hears the edge's answers. */
export function onAnswer(fn: (answer: Answer) => void): void {
  heard = fn;
}

export const address = (path: string): string => `${config.apiUrl}/${path}?k=${config.key}`;

/** Fails where the engine has no gzip. */
const gzip = async (text: string): Promise<ArrayBuffer> =>
  // The edge knows gzip by its first bytes; without a type no browser asks beforehand.
  // A Response's stream: a Blob's takes four times the main thread's time.
  new Response(
    (new Response(text).body as ReadableStream).pipeThrough(new CompressionStream("gzip")),
  ).arrayBuffer();

/**
 * Sends one choice, one erasure, or one sender's events. `last`: the page may be going;
 * false: what waits can be sent again, so that the request may end with its page. Firefox
 * lets but few outlive theirs at a time, of all tabs of an origin together
 * (`dom.fetchKeepalive.request_limit_per_origin`), and refuses all others at once.
 */
export async function send(batch: Item[], last?: boolean): Promise<Response> {
  const { path, head, event, secret } = batch[0] as Item;
  const url = address(path);
  const request: RequestInit = {
    method: "DELETE",
    keepalive: last !== false,
    credentials: "omit",
    referrerPolicy: "strict-origin",
    // Taken before anything is waited for: what is withdrawn meanwhile must not leave.
    signal: abort.signal,
  };
  if (/^s/.test(path)) request.headers = { Authorization: `Bearer ${secret}` };
  else {
    const text = JSON.stringify({
      ...head,
      events: event && batch.map((item) => item.event),
      receiptHash: (secret && (await digest(secret))) || undefined,
      sentAt: Date.now(),
    });
    // Engines whose requests end with their page (Firefox before 133).
    if (last && !("keepalive" in Request.prototype)) navigator.sendBeacon(url, text);
    request.method = "POST";
    request.body = text.length > PAYS && !last ? await gzip(text).catch(() => text) : text;
  }
  return fetch(url, request);
}

/** Writes what is not yet written, in one transaction with `work`. */
export function save<R>(
  work?: (store: IDBObjectStore) => IDBRequest<R> | undefined,
): Promise<R | undefined> | undefined {
  const now = fresh;
  fresh = [];
  return queue?.((store) => {
    for (const item of now) store.put(item);
    return work?.(store);
  });
}

function forget(gone: Item[]): void {
  items = items.filter((item) => !gone.includes(item));
  save((store) => {
    for (const item of gone) {
      store.delete(item.id);
      parts.log?.(store, item);
    }
    return undefined;
  });
}

function drop(gone: Item[]): void {
  dropped += gone.length;
  forget(gone);
}

/** The next request's items: the choice `first`, or the events of the sender of `first`. */
function next(most = config.batchSize, [first] = items): Item[] {
  const batch = items
    .filter((one) =>
      first?.event ? one.event && one.head.stream === first.head.stream : one === first,
    )
    .slice(0, most);
  while (JSON.stringify(batch).length > LARGEST) batch.length >>= 1;
  return batch;
}

/** Sends one batch; returns whether to go on. */
async function attempt(batch: Item[], last: boolean): Promise<boolean> {
  const { signal } = abort;
  const response = await send(batch, last).catch(() => undefined);
  if (signal.aborted) return false;
  // What may pass by itself is kept; what would be refused again is not.
  if (!response || /408|429|5../.test(`${response.status}`)) {
    const wait = Number(response?.headers.get("Retry-After")) * 1_000 || 0;
    const back = wait || Math.min(LONGEST_WAIT, 500 * 2 ** ++failures);
    // Jitter, so that a thousand browsers do not come back together.
    notBefore = Date.now() + back * (1 + Math.random() / 2);
    if (wait) told = notBefore;
    flush();
    return false;
  }
  failures = 0;
  if (response.ok) {
    forget(batch);
    const answer = await response.json().catch(() => 0);
    if (answer) heard(answer);
  } else drop(batch);
  return true;
}

async function pump(): Promise<void> {
  due = 1 / 0;
  if (running) return;
  // An event that came while the edge was asked is no reason to ask it sooner.
  if (Date.now() < notBefore) return flush();
  running = true;
  while (items[0] && (await attempt(next(), false)));
  running = false;
  // What came while a request was given up waits no longer.
  if (items[0]) flush();
}

/** Sends what waits; within `ms`, or at once. */
export function flush(ms = 0): void {
  const at = Math.max(Date.now() + ms, notBefore);
  if (at >= due) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(pump, at - Date.now());
}

/** Takes over what other page loads left, older than `age` ms. Sent twice is counted once. */
async function sweep(age: number): Promise<void> {
  const all: Item[] = (await save((store) => store.getAll(IDBKeyRange.upperBound(SENT)))) || [];
  const at = Date.now();
  items = [
    ...all.filter((one) => one.at <= at - age && !items.some(({ id }) => id === one.id)),
    ...items,
  ];
  drop(items.filter((item) => item.at < at - OLDEST));
  if (items[0]) flush();
}

/** Opens the queue; it stays open, because a withdrawal has to arrive. */
export function deliver(): void {
  if (queue) return;
  queue = shelf(`flowback-${config.projectId}`);
  sweep(0);
  setInterval(sweep, SWEEP_MS, SWEEP_MS);
  addEventListener("online", () => {
    notBefore = 0;
    flush();
  });
}

/** Queues `item`, and writes it. */
export function add(item: Item): void {
  if (!fresh[0]) setTimeout(save, item.event ? SOON : 0);
  fresh.push(item);
  items.push(item);
  if (items.length > MOST) drop([items.find(({ event }) => event) as Item]);
  flush(item.event && items.length < config.batchSize ? config.batchIntervalMs : 0);
}

/** Sends what fits into one request while the page goes. */
export function last(): void {
  save();
  // A choice lets the events behind it pass, so that it goes first. Then go the page's own: what
  // it took over from others is kept, and waits for the next.
  const batch = next(500, [items.find(({ event }) => !event) || (items[items.length - 1] as Item)]);
  const latest = batch[batch.length - 1];
  // Said as it hides, it need not be said as it goes. What was under way fails as its page
  // goes, which says nothing of the edge.
  if (!latest || latest === said || Date.now() < told) return;
  said = latest;
  attempt(batch, true);
}

/** Aborts what is under way and forgets everything; of what is written, all or what sorts after `from`. */
export function clear(from?: string): void {
  abort.abort();
  abort = new AbortController();
  items = [];
  fresh = [];
  notBefore = 0;
  queue?.((store) => (from ? store.delete(IDBKeyRange.lowerBound(from)) : store.clear()));
}
