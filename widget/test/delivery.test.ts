import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Config } from "../src/config";
import { deliver } from "../src/delivery";
import { item, shelf, young } from "../src/queue";
import { edge } from "./edge.mjs";

let server: Awaited<ReturnType<typeof edge>>;
let config: Config;

const event = (n: number, stream = "streamAAAAA") =>
  item(
    "event",
    "session",
    stream,
    JSON.stringify({ n, type: "signal.raw", payload: { action: "idle", duration: 1 } }),
  );

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  server = await edge();
  config = {
    apiUrl: server.url,
    projectId: "shop",
    key: "key",
    batchSize: 50,
    batchIntervalMs: 20,
  } as Config;
});
afterEach(() => server.close());

describe("delivery", () => {
  it("sends the choice first, then the events in batches of the size that is set", async () => {
    const delivery = deliver(config, () => {});
    delivery.add(item("consent", "session", "streamAAAAA", '{"n":0}'));
    for (let n = 1; n <= 120; n++) delivery.add(event(n));
    await vi.waitFor(() => expect(server.numbers()).toHaveLength(120));
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
    const delivery = deliver(config, () => {});
    const began = Date.now();
    delivery.add(event(1));
    await vi.waitFor(() => expect(server.numbers()).toEqual([1, 1]), { timeout: 4_000 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(delivery.dropped).toBe(0);
  });

  it("drops and counts what the edge will never take", async () => {
    server.answers.push({ status: 403 });
    const delivery = deliver(config, () => {});
    delivery.add(event(1));
    await vi.waitFor(() => expect(delivery.dropped).toBe(1));
    delivery.add(event(2));
    await vi.waitFor(() => expect(server.numbers()).toEqual([1, 2]));
  });

  it("resends what an older page left, under that page's stream", async () => {
    const left = shelf<ReturnType<typeof event>>("flowback-shop");
    left.put([event(7, "streamOLDxx")]);
    await left.all();
    const delivery = deliver(config, () => {});
    delivery.add(event(1));
    await vi.waitFor(() => expect(server.numbers().sort()).toEqual([1, 7]));
    expect(server.received.map(({ body }) => body.stream).sort()).toEqual([
      "streamAAAAA",
      "streamOLDxx",
    ]);
    await vi.waitFor(async () => expect(await left.all()).toEqual([]));
  });

  it("never mixes streams in one batch", async () => {
    const delivery = deliver(config, () => {});
    for (let n = 0; n < 6; n++) delivery.add(event(n, n % 2 ? "streamAAAAA" : "streamBBBBB"));
    await vi.waitFor(() => expect(server.numbers()).toHaveLength(6));
    expect(server.received.map(({ body }) => body.events.length)).toEqual([3, 3]);
  });

  it("forgets everything when it is cleared", async () => {
    const delivery = deliver({ ...config, batchIntervalMs: 60_000 }, () => {});
    delivery.add(event(1));
    delivery.clear();
    delivery.add(item("erase", "session", "streamAAAAA", "secret"));
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    expect(server.received[0]).toMatchObject({
      method: "DELETE",
      path: "/sessions/session?k=key",
      authorization: "Bearer secret",
    });
  });

  it("is bounded: the oldest events go first and are counted", () => {
    const delivery = deliver({ ...config, batchIntervalMs: 60_000, batchSize: 1e6 }, () => {});
    for (let n = 0; n < 3_100; n++) delivery.add(event(n));
    expect(delivery.dropped).toBe(300);
  });

  it("works in memory where IndexedDB is blocked", async () => {
    Reflect.deleteProperty(globalThis, "indexedDB");
    const delivery = deliver(config, () => {});
    delivery.add(event(1));
    await vi.waitFor(() => expect(server.numbers()).toEqual([1]));
  });
});

describe("the queue", () => {
  it("gives choices before events, whatever came first", async () => {
    const queue = shelf<ReturnType<typeof event>>("q");
    queue.put([event(1), event(2), item("consent", "s", "t", "{}")]);
    expect((await queue.all()).map(({ kind }) => kind)).toEqual(["consent", "event", "event"]);
  });

  it("knows what is older than the 7 days in which the edge knows duplicates", () => {
    expect(young(event(1))).toBe(true);
    expect(young({ ...event(1), id: `1,${Date.now() - 7 * 864e5 - 1},s,1` })).toBe(false);
  });
});
