import { beforeEach, describe, expect, it } from "vitest";
import { choose, current } from "../src/choice";
import type { Config } from "../src/config";
import { base64url, random, sha256 } from "../src/ids";
import { begin, live, receiptHash, type Session } from "../src/session";
import { storage } from "../src/storage";
import { digest } from "./edge.mjs";

const config = { policyVersion: "1", projectId: "shop" } as Config;
const store = storage("localStorage", "flowback:shop:");
const says = (name: "globalPrivacyControl" | "doNotTrack", value: unknown) =>
  Object.defineProperty(navigator, name, { value, configurable: true });

beforeEach(() => {
  localStorage.clear();
  says("globalPrivacyControl", undefined);
  says("doNotTrack", null);
});

describe("ids", () => {
  it("have the length that the edge checks", () => {
    expect(random(16)).toMatch(/^[\w-]{22}$/);
    expect(random(8)).toMatch(/^[\w-]{11}$/);
  });

  it.each(["", "abc", "x".repeat(43), "~".repeat(55)])("SHA-256 of %j is the library's", (text) => {
    expect(base64url(sha256(text))).toBe(digest(text));
  });
});

describe("a session", () => {
  it("is shared by pages and has a receipt of 43 characters", () => {
    const session = begin(store, 1);
    expect(live(storage("localStorage", "flowback:shop:"))).toEqual(session);
    expect(receiptHash(session)).toMatch(/^[\w-]{43}$/);
    expect(receiptHash(session)).not.toContain(session.secret);
  });

  it.each([
    ["30 minutes of idleness", { last: Date.now() - 30 * 60_000 }],
    ["8 hours", { begun: Date.now() - 8 * 3_600_000 }],
    ["a hostile storage", { id: "../../etc", secret: "x" }],
    ["a beginning in the future", { begun: Date.now() + 1e9 }],
  ])("ends by %s", (_, change: Partial<Session>) => {
    store.set("session", { ...begin(store, 1), ...change });
    expect(live(store)).toBeUndefined();
  });
});

describe("a choice", () => {
  it("is pending before it is made, and where its record is no record", () => {
    expect(current(store, config).state).toBe("pending");
    for (const text of ["{", "null", "[]", '"x"', '{"state":"__proto__"}', "9".repeat(1e6)]) {
      localStorage.setItem("flowback:shop:choice", text);
      expect(current(store, config).state).toBe("pending");
    }
  });

  it("holds until its days are over or the policy changes", () => {
    store.set("choice", choose(config, "granted", "banner"));
    expect(current(store, config).state).toBe("granted");
    expect(current(store, { ...config, policyVersion: "2" }).state).toBe("pending");
    store.set("choice", choose(config, "granted", "banner", { at: Date.now() - 181 * 864e5 }));
    expect(current(store, config).state).toBe("pending");
  });

  it.each([
    ["globalPrivacyControl", true, "gpc"],
    ["doNotTrack", "1", "dnt"],
  ] as const)("is denied by %s, even over an older yes", (name, value, source) => {
    store.set("choice", choose(config, "granted", "banner"));
    says(name, value);
    expect(current(store, config)).toMatchObject({ state: "denied", source });
  });

  it("overrides the browser's no when its visitor says so", () => {
    says("globalPrivacyControl", true);
    store.set("choice", choose(config, "granted", "banner", { override: true }));
    expect(current(store, config).state).toBe("granted");
  });

  it("is pending again when the browser no longer says no", () => {
    store.set("choice", choose(config, "denied", "gpc"));
    expect(current(store, config).state).toBe("pending");
  });
});

describe("storage", () => {
  it("works in memory where the browser blocks it", () => {
    const before = Object.getOwnPropertyDescriptor(window, "localStorage") as PropertyDescriptor;
    Object.defineProperty(window, "localStorage", {
      configurable: true,
      get() {
        throw new DOMException("blocked", "SecurityError");
      },
    });
    const blocked = storage("localStorage", "x:");
    blocked.set("a", { b: 1 });
    expect(blocked.get("a")).toEqual({ b: 1 });
    blocked.set("a", null);
    expect(blocked.get("a")).toEqual({});
    Object.defineProperty(window, "localStorage", before);
  });
});
