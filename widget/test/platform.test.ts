import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Flowback } from "../src/app";
import type { Config } from "../src/config";

type Heard = (data: object, ok: boolean) => void;
interface Page {
  flowback?: Flowback;
  __tcfapi?: (command: string, version: number, heard: Heard) => void;
  dataLayer?: IArguments[];
  google_tag_data?: object;
}
const page = window as unknown as Page;
const banners = () => document.querySelectorAll('[data-flowback="banner"]').length;

/** Loads the widget on a page of its own; returns what became `window.flowback`. */
async function load(more: Partial<Config> = {}): Promise<Flowback> {
  vi.resetModules();
  const { configure } = await import("../src/config");
  const { start } = await import("../src/app");
  configure({ projectId: "p", key: "k", apiUrl: "http://127.0.0.1:9", ...more });
  return start();
}

/** Puts TCF on the page; returns how it speaks. */
function tcf(): (eventStatus: string, consents: number[], gdprApplies?: boolean) => void {
  let heard: Heard = () => {};
  page.__tcfapi = (command, version, fn) => {
    expect([command, version]).toEqual(["addEventListener", 2]);
    heard = fn;
  };
  return (eventStatus, consents, gdprApplies = true) =>
    heard(
      {
        eventStatus,
        gdprApplies,
        purpose: { consents: Object.fromEntries(consents.map((id) => [id, true])) },
      },
      true,
    );
}

function gtag(..._: unknown[]): void {
  page.dataLayer ??= [];
  // biome-ignore lint/complexity/noArguments: what Google's own snippet pushes
  page.dataLayer.push(arguments);
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  document.body.replaceChildren();
  delete page.__tcfapi;
  delete page.dataLayer;
  delete page.google_tag_data;
  return () => vi.useRealTimers();
});

describe("TCF", () => {
  it("is waited for, without a second banner", async () => {
    const say = tcf();
    const { consent } = await load();
    say("cmpuishown", []);
    expect([consent.state, banners()]).toEqual(["pending", 0]);
  });

  it("grants by all purposes that are needed, and withdraws", async () => {
    const say = tcf();
    const { consent } = await load();
    say("useractioncomplete", [1, 8]);
    expect([consent.state, consent.source]).toEqual(["denied", "tcf"]);
    say("useractioncomplete", [1, 8, 10]);
    expect([consent.state, consent.source]).toEqual(["granted", "tcf"]);
    say("useractioncomplete", [1]);
    expect(consent.state).toBe("withdrawn");
  });

  it("ends a grant of an earlier page", async () => {
    const before = tcf();
    await load();
    before("tcloaded", [1, 8, 10]);
    const say = tcf();
    const { consent } = await load();
    expect(consent.state).toBe("granted");
    say("useractioncomplete", []);
    expect([consent.state, consent.source]).toEqual(["withdrawn", "tcf"]);
  });

  it("does not grant again what was withdrawn here", async () => {
    const say = tcf();
    const { consent } = await load();
    say("tcloaded", [1, 8, 10]);
    consent.withdraw();
    say("tcloaded", [1, 8, 10]);
    expect(consent.state).toBe("withdrawn");
  });

  it("leaves the question to the widget where it says that it does not apply", async () => {
    const say = tcf();
    const { consent } = await load();
    say("tcloaded", [1, 8, 10], false);
    expect([consent.state, banners()]).toEqual(["pending", 1]);
  });

  it("gives way to a site that asks by itself", async () => {
    const say = tcf();
    const { consent } = await load({ consent: "api" });
    say("tcloaded", [1, 8, 10]);
    expect([consent.state, banners()]).toEqual(["pending", 0]);
  });
});

describe("Consent Mode", () => {
  it("is no choice by its default", async () => {
    gtag("consent", "default", { analytics_storage: "granted" });
    const { consent } = await load();
    expect([consent.state, banners()]).toEqual(["pending", 0]);
  });

  it("is followed in the data layer", async () => {
    gtag("consent", "default", { analytics_storage: "denied" });
    const { consent } = await load();
    gtag("consent", "update", { analytics_storage: "granted" });
    vi.advanceTimersByTime(1_000);
    expect([consent.state, consent.source]).toEqual(["granted", "gcm"]);
    gtag("consent", "update", { analytics_storage: "denied" });
    vi.advanceTimersByTime(1_000);
    expect(consent.state).toBe("withdrawn");
  });

  it("is followed in Google's own store", async () => {
    const entry: { default: boolean; update?: boolean } = { default: false };
    page.google_tag_data = { ics: { entries: { analytics_storage: entry } } };
    const { consent } = await load();
    entry.update = true;
    vi.advanceTimersByTime(1_000);
    expect([consent.state, consent.source]).toEqual(["granted", "gcm"]);
  });

  it("takes the widget's banner away when it comes late", async () => {
    await load();
    expect(banners()).toBe(1);
    gtag("consent", "default", { analytics_storage: "denied" });
    vi.advanceTimersByTime(1_000);
    expect(banners()).toBe(0);
  });
});

describe("no platform", () => {
  it("means the widget's own banner, or none where the platform alone may ask", async () => {
    await load();
    expect(banners()).toBe(1);
    document.body.replaceChildren();
    await load({ consent: "cmp" });
    expect(banners()).toBe(0);
  });
});
