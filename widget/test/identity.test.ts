import { beforeEach, describe, expect, it, vi } from "vitest";
import { choice, choose, keep, recall } from "../src/choice";
import { configure } from "../src/config";
import { base64url, digest, random } from "../src/ids";
import { begin, live, type Session } from "../src/session";
import { sha256 } from "../src/sha256";
import { read, write } from "../src/storage";
import { digest as library } from "./edge.mjs";

/** What holds now, after `recall`. */
const current = () => {
  recall();
  return choice;
};
const says = (name: "globalPrivacyControl" | "doNotTrack", value: unknown) =>
  Object.defineProperty(navigator, name, { value, configurable: true });

beforeEach(() => {
  localStorage.clear();
  configure({ projectId: "shop", key: "k" });
  says("globalPrivacyControl", undefined);
  says("doNotTrack", null);
});

describe("ids", () => {
  it("have the length that the edge checks", () => {
    expect(random(16)).toMatch(/^[\w-]{22}$/);
    expect(random(8)).toMatch(/^[\w-]{11}$/);
  });

  it("hash by the browser, or without TLS by the widget", async () => {
    expect(await digest("abc")).toBe(library("abc"));
    const subtle = vi.spyOn(crypto, "subtle", "get").mockReturnValue(undefined as never);
    expect(await digest("abc")).toBe(library("abc"));
    subtle.mockRestore();
  });

  it.each(["", "abc", "x".repeat(43), "~".repeat(55)])("SHA-256 of %j is the library's", (text) => {
    expect(base64url(new Uint8Array(sha256(text)))).toBe(library(text));
  });
});

describe("a session", () => {
  it("is shared by pages and has a receipt of 43 characters", async () => {
    const session = begin();
    expect(live()).toEqual(session);
    expect(await digest(session.secret)).toMatch(/^[\w-]{43}$/);
    expect(await digest(session.secret)).not.toContain(session.secret);
  });

  it.each([
    ["30 minutes of idleness", { last: Date.now() - 30 * 60_000 }],
    ["8 hours", { begun: Date.now() - 8 * 3_600_000 }],
    ["a hostile storage", { id: "../../etc", secret: "x" }],
    ["a beginning in the future", { begun: Date.now() + 1e9 }],
  ])("ends by %s", (_, change: Partial<Session>) => {
    write("session", { ...begin(), ...change });
    expect(live()).toBeUndefined();
  });
});

describe("a choice", () => {
  it("is pending before it is made, and where its record is no record", () => {
    expect(current().state).toBe("pending");
    for (const text of ["{", "null", "[]", '"x"', '{"state":"__proto__"}', "9".repeat(1e6)]) {
      localStorage.setItem("flowback:shop:choice", text);
      expect(current().state).toBe("pending");
    }
  });

  it("holds until its days are over or the policy changes", () => {
    choose("granted", "banner");
    keep();
    expect(current().state).toBe("granted");
    configure({ projectId: "shop", key: "k", policyVersion: "2" });
    expect(current().state).toBe("pending");
    configure({ projectId: "shop", key: "k" });
    choose("granted", "banner", { at: Date.now() - 181 * 864e5 });
    keep();
    expect(current().state).toBe("pending");
  });

  it.each([
    ["globalPrivacyControl", true, "gpc"],
    ["doNotTrack", "1", "dnt"],
  ] as const)("is denied by %s, even over an older yes", (name, value, source) => {
    choose("granted", "banner");
    keep();
    says(name, value);
    expect(current()).toMatchObject({ state: "denied", source });
  });

  it("overrides the browser's no when its visitor says so", () => {
    says("globalPrivacyControl", true);
    choose("granted", "banner", { override: true });
    keep();
    expect(current().state).toBe("granted");
  });

  it("is pending again when the browser no longer says no", () => {
    choose("denied", "gpc");
    keep();
    expect(current().state).toBe("pending");
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
    write("a", { b: 1 });
    expect(read("a")).toEqual({ b: 1 });
    write("a");
    expect(read("a")).toEqual({});
    Object.defineProperty(window, "localStorage", before);
  });
});
