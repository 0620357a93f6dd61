import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { edge } from "./edge.mjs";

let server: Awaited<ReturnType<typeof edge>>;
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });

/** The element that `selector` finds on the surface `name`. */
function find<E extends HTMLElement>(name: string, selector: string): E {
  const host = document.querySelector(`[data-flowback="${name}"]`);
  return host?.shadowRoot?.querySelector(selector) as E;
}

async function load() {
  vi.resetModules();
  const { configure } = await import("../src/config");
  const { start } = await import("../src/app");
  configure({ projectId: "p", key: "k", apiUrl: server.url, feedbackButton: true });
  return start();
}

/** Presses the button, taps `reaction`, writes `words`, sends. */
function speak(reaction: string, words: string): void {
  find("button", "button").click();
  find("prompt", `[data-reaction="${reaction}"]`).click();
  find<HTMLTextAreaElement>("prompt", "textarea").value = words;
  find("prompt", "[data-action=send]").click();
}

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  localStorage.clear();
  document.body.replaceChildren();
  server = await edge();
});
afterEach(() => server.close());

describe("the feedback button", () => {
  it("waits until the question for consent is answered", async () => {
    const { consent } = await load();
    expect(find("button", "button")).toBeUndefined();
    consent.deny();
    expect(find("button", "button").textContent).toBe("Feedback");
  });

  it("sends after a no what was tapped and typed, and nothing else; it stores nothing", async () => {
    const { consent } = await load();
    consent.deny();
    const before = JSON.stringify(localStorage);
    speak("thumbs_down", " The size chart is wrong ");
    await until(() => expect(server.numbers()).toEqual([1, 2]));

    const [denial, grant, tap, words] = server.received.map(({ body }) => body);
    expect(denial).toMatchObject({ state: "denied" });
    expect(denial.sessionId).toBeUndefined();
    expect(grant).toMatchObject({
      state: "granted",
      purposes: ["reaction_prompt", "comment"],
      n: 0,
    });
    expect(tap.sessionId).toBe(grant.sessionId);
    const told = [...tap.events, ...words.events].map(({ timestamp: _, ...event }) => event);
    expect(told).toEqual([
      {
        n: 1,
        type: "feedback.recorded",
        payload: { reaction: "thumbs_down", answers: { detector: "button" } },
      },
      {
        n: 2,
        type: "feedback.recorded",
        payload: { reaction: "thumbs_down", comment: "The size chart is wrong", follows: 1 },
      },
    ]);
    expect(consent.state).toBe("denied");
    expect(JSON.stringify(localStorage)).toBe(before);
    expect(await indexedDB.databases()).toEqual([]);
  });

  it("uses another id for each answer", async () => {
    (await load()).consent.deny();
    speak("confused", "a");
    await until(() => expect(server.numbers()).toEqual([1, 2]));
    speak("confused", "b");
    await until(() => expect(server.numbers()).toEqual([1, 2, 1, 2]));
    const ids = server.received.map(({ body }) => body.sessionId).filter((id) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it("joins the session after a yes, and closing it is no dismissal", async () => {
    const { consent } = await load();
    consent.grant();
    find("button", "button").click();
    find("prompt", "[data-action=close]").click();
    expect(localStorage.getItem("flowback:p:asked")).toBeNull();
    speak("thumbs_up", "");
    const taps = () =>
      server.received
        .flatMap(({ body }) => body.events || [])
        .filter(({ type }: { type: string }) => type === "feedback.recorded");
    await until(() => expect(taps()).toHaveLength(1));
    expect(taps()[0]).toMatchObject({ page: "/checkout", payload: { reaction: "thumbs_up" } });
  });

  it("has the focus again when the question is closed", async () => {
    (await load()).consent.deny();
    const pill = find("button", "button");
    pill.click();
    expect(document.activeElement).toBe(document.querySelector('[data-flowback="prompt"]'));
    find("prompt", "[data-action=close]").click();
    expect(document.activeElement).toBe(document.querySelector('[data-flowback="button"]'));
  });
});
