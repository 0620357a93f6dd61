import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Config } from "../src/config";
import { EVENTS, type Item, item, SENT, type Shelf, shelf } from "../src/queue";
import { edge } from "./edge.mjs";

let server: Awaited<ReturnType<typeof edge>>;

const event = (n: number, stream = "streamAAAAA") =>
  item(
    "events",
    { projectId: "shop", sessionId: "session", stream },
    { n, type: "signal.raw", payload: { action: "idle", duration: 1 } },
  );
const choice = (n: number) => item("consent", { n });
/** What waits; what was sent is kept for the panel. */
const all = (queue: Shelf): Promise<Item[] | undefined> =>
  queue((store) => store.getAll(IDBKeyRange.upperBound(SENT)));

/** Waits until `check` holds, however busy the machine is. */
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000 });

/** A page that has just loaded, with a delivery of its own. */
async function begin(more: Partial<Config> = {}) {
  vi.resetModules();
  const { configure } = await import("../src/config");
  configure({
    apiUrl: server.url,
    projectId: "shop",
    key: "key",
    batchIntervalMs: 20,
    ...more,
  });
  const delivery = await import("../src/delivery");
  delivery.onAnswer(() => {});
  delivery.deliver();
  return delivery;
}

beforeEach(async () => {
  Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange });
  server = await edge();
});
afterEach(() => server.close());

describe("delivery", () => {
  it("sends the choice first, then the events in batches of the size that is set", async () => {
    const delivery = await begin();
    delivery.add(choice(0));
    for (let n = 1; n <= 120; n++) delivery.add(event(n));
    await until(() => expect(server.numbers()).toHaveLength(120));
    expect(server.received.map(({ path }) => path.split("?")[0])).toEqual([
      "/consent",
      "/events",
      "/events",
      "/events",
    ]);
    expect(server.received.map(({ body }) => body.events?.length)).toEqual([undefined, 50, 50, 20]);
    expect(server.received.every(({ body }) => Math.abs(body.sentAt - Date.now()) < 10_000)).toBe(
      true,
    );
  });

  it("keeps what the edge cannot take now, and obeys Retry-After", async () => {
    server.answers.push({ status: 503, retryAfter: "1" });
    const delivery = await begin();
    const began = Date.now();
    delivery.add(event(1));
    await until(() => expect(server.numbers()).toEqual([1, 1]));
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(delivery.dropped).toBe(0);
  });

  it("drops and counts what the edge will never take", async () => {
    server.answers.push({ status: 403 });
    const delivery = await begin();
    delivery.add(event(1));
    await until(() => expect(delivery.dropped).toBe(1));
    delivery.add(event(2));
    await until(() => expect(server.numbers()).toEqual([1, 2]));
  });

  it("resends what an older page left, under that page's stream", async () => {
    const left = shelf("flowback-shop");
    await left((store) => store.put(event(7, "streamOLDxx")));
    const delivery = await begin();
    delivery.add(event(1));
    await until(() => expect(server.numbers().sort()).toEqual([1, 7]));
    expect(server.received.map(({ body }) => body.stream).sort()).toEqual([
      "streamAAAAA",
      "streamOLDxx",
    ]);
    await until(async () => expect(await all(left)).toEqual([]));
  });

  it("sends the page's own events as it goes, once, whatever it took over from others", async () => {
    await shelf("flowback-shop")((store) => store.put(event(7, "streamOLDxx")));
    server.answers.push({ status: 503 });
    const delivery = await begin({ batchIntervalMs: 60_000 });
    await until(() => expect(server.numbers()).toEqual([7]));
    delivery.add(event(1));
    delivery.last(); // as it hides
    delivery.last(); // as it goes
    await until(() => expect(server.numbers()).toContain(1));
    const own = server.received.filter(({ body }) => body.stream === "streamAAAAA");
    expect(own.map(({ body }) => body.events.length)).toEqual([1]);
  });

  it("sends a choice before the events behind it as the page goes, whatever it took over", async () => {
    await shelf("flowback-shop")((store) => store.put(event(7, "streamOLDxx")));
    server.answers.push({ status: 503 });
    const delivery = await begin({ batchIntervalMs: 60_000 });
    await until(() => expect(server.numbers()).toEqual([7]));
    delivery.add(choice(0));
    delivery.add(event(1));
    delivery.last();
    await until(() => expect(server.numbers()).toContain(1));
    const first = server.received.findIndex(({ body }) => body.stream === "streamAAAAA");
    const told = server.received.findIndex(({ path }) => path.startsWith("/consent"));
    expect(told).toBe(1);
    expect(first).toBeGreaterThan(told);
  });

  it("forgets the events of another tab's withdrawal, and keeps the choices that still have to arrive", async () => {
    const kept = shelf("flowback-shop");
    server.answers.push({ status: 503, retryAfter: "60" });
    const delivery = await begin();
    delivery.add(choice(0));
    delivery.add(event(1));
    await until(async () => expect(await all(kept)).toHaveLength(2));
    delivery.clear(EVENTS);
    await until(async () =>
      expect((await all(kept))?.map(({ path }) => path)).toEqual(["consent"]),
    );
  });

  it("lets a request outlive its page only where the page may be going", async () => {
    const real = globalThis.fetch;
    const outlives: unknown[] = [];
    globalThis.fetch = (url, how) => {
      outlives.push(how?.keepalive);
      return real(url, how);
    };
    try {
      const delivery = await begin();
      delivery.add(event(1));
      await until(() => expect(server.numbers()).toEqual([1]));
      delivery.add(event(2));
      delivery.last();
      await until(() => expect(server.numbers()).toContain(2));
    } finally {
      globalThis.fetch = real;
    }
    expect(outlives.slice(0, 2)).toEqual([false, true]);
  });

  it("never mixes streams in one batch", async () => {
    const delivery = await begin();
    for (let n = 0; n < 6; n++) delivery.add(event(n, n % 2 ? "streamAAAAA" : "streamBBBBB"));
    await until(() => expect(server.numbers()).toHaveLength(6));
    expect(server.received.map(({ body }) => body.events.length)).toEqual([3, 3]);
  });

  it("forgets everything when it is cleared", async () => {
    const delivery = await begin({ batchIntervalMs: 60_000 });
    delivery.add(event(1));
    delivery.clear();
    delivery.add(item("sessions/session", {}, undefined, "secret"));
    await until(() => expect(server.received).toHaveLength(1));
    expect(server.received[0]).toMatchObject({
      method: "DELETE",
      path: "/sessions/session?k=key",
      authorization: "Bearer secret",
    });
  });

  it("is bounded: the oldest events go first and are counted", async () => {
    const delivery = await begin({ batchIntervalMs: 60_000, batchSize: 1e6 });
    for (let n = 0; n < 3_100; n++) delivery.add(event(n));
    expect(delivery.dropped).toBe(100);
  });

  it("works in memory where IndexedDB is blocked", async () => {
    Reflect.deleteProperty(globalThis, "indexedDB");
    const delivery = await begin();
    delivery.add(event(1));
    await until(() => expect(server.numbers()).toEqual([1]));
  });
});

describe("the queue", () => {
  it("gives choices before events, whatever came first", async () => {
    const queue = shelf("q");
    for (const one of [event(1), event(2), choice(0)]) await queue((store) => store.put(one));
    expect((await all(queue))?.map(({ path }) => path)).toEqual(["consent", "events", "events"]);
  });

  it("forgets and counts what is older than the 7 days in which the edge knows duplicates", async () => {
    const old = { ...event(1), at: Date.now() - 7 * 864e5 - 1 };
    await shelf("flowback-shop")((store) => store.put(old));
    const delivery = await begin();
    await until(() => expect(delivery.dropped).toBe(1));
    expect(server.received).toEqual([]);
    expect(await all(shelf("flowback-shop"))).toEqual([]);
  });
});
