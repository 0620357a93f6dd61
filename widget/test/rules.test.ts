import { describe, expect, it, vi } from "vitest";
import { asker, type Why } from "../src/ask";
import type { Config, Rule } from "../src/config";
import type { Flow, Moment, Signal } from "../src/flow";
import { applyRules } from "../src/rules";
import { storage } from "../src/storage";
import type { Click } from "../src/types.gen";

/** A flow without a page: what rules hear and what they ask. */
function stage(
  rules: Rule[] = [{ on: "rage_click" }, { on: "dead_click" }],
  more: Partial<Config> = {},
) {
  let listener: (moment: Moment) => void = () => {};
  const shown: Why[] = [];
  const emitted: Signal[] = [];
  localStorage.clear();
  const flow = {
    config: {
      rules,
      throttleMs: 30_000,
      sessionCap: 3,
      weekCap: 5,
      apiUrl: "http://127.0.0.1:9",
      ...more,
    },
    store: storage("localStorage", "t:"),
    signal: new AbortController().signal,
    delivery: { flush() {} },
    stream: "streamAAAAA",
    page: "/checkout",
    view: 0,
    session: () => ({ id: "session", begun: Date.now() - 1_000, sampled: true }),
    on() {},
    emit: (signal: Signal) => emitted.push(signal),
    feedback: () => 99,
    hear: (heard: (moment: Moment) => void) => {
      listener = heard;
    },
  } as unknown as Flow;
  const replies: { dismiss(): void }[] = [];
  const asks = asker(flow, ["reaction_prompt"], (why, reply) => {
    shown.push(why);
    const close = () => reply.closed();
    replies.push({
      dismiss() {
        close();
        reply.untapped("dismissed");
      },
    });
    return close;
  });
  applyRules(flow, asks);
  asks.allow({ allow: true, reason: "throttle_ready", nextAt: null });
  let n = 0;
  const click = (element: Element, fields: Partial<Click> = {}) =>
    listener({
      what: "click",
      element,
      n: ++n,
      signal: { action: "click", target: "x", ...fields },
    });
  return { flow, asks, shown, emitted, click, replies, tell: (moment: Moment) => listener(moment) };
}

const button = () => document.createElement("button");

describe("rage", () => {
  it("is asked about at the third click on one target, once, with all clicks as evidence", () => {
    const { click, shown } = stage();
    const target = button();
    for (let i = 0; i < 5; i++) click(target);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.detector).toBe("rage_click");
    expect(shown[0]?.evidence).toEqual([1, 2, 3, 4, 5].map((n) => `streamAAAAA:${n}`));
  });

  it.each([
    [2, 100, 0],
    [3, 249, 1],
    [3, 250, 0],
    [4, 249, 1],
    [9, 250, 0],
  ])("%i clicks, %i ms apart, make %i question", (count, apart, questions) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { click, shown } = stage();
    const target = button();
    for (let i = 0; i < count; i++) {
      click(target);
      vi.advanceTimersByTime(apart);
    }
    vi.useRealTimers();
    expect(shown).toHaveLength(questions);
  });

  it.each<[string, Partial<Click>]>([
    ["a stepper", { kind: "stepper" }],
    ["a pager", { kind: "pager" }],
    ["a text field", { kind: "entry" }],
    ["the keyboard", { kind: "key" }],
    ["plain text", { kind: "inert" }],
    ["a held key", { modified: true }],
    ["a selection of text", { selected: true }],
    ["another button", { button: 1 }],
  ])("is not seen in %s", (_, fields) => {
    const { click, shown } = stage();
    const target = button();
    for (let i = 0; i < 6; i++) click(target, fields);
    expect(shown).toEqual([]);
  });

  it("is not seen in clicks on different targets", () => {
    const { click, shown } = stage();
    for (let i = 0; i < 6; i++) click(button());
    expect(shown).toEqual([]);
  });
});

describe("a dead click", () => {
  const dead = (seen: object, watched = 3_000) => {
    const { click, tell, shown } = stage();
    const element = button();
    click(element);
    tell({ what: "reaction", element, signal: { action: "reaction", of: 1, watched, ...seen } });
    return shown.map(({ detector }) => detector);
  };

  it("is one without any reaction", () => expect(dead({})).toEqual(["dead_click"]));
  it("is unknown where it was not watched for long enough", () =>
    expect(dead({}, 1_000)).toEqual([]));
  it.each(["dom", "scroll", "selection", "nav", "request", "media", "dialog", "focus"])(
    "is alive by %s",
    (kind) => expect(dead({ [kind]: 0 })).toEqual([]),
  );
});

describe("a rule", () => {
  it("holds on its pages only", () => {
    const { click, shown } = stage([{ on: "rage_click", page: "/cart*" }]);
    const target = button();
    for (let i = 0; i < 3; i++) click(target);
    expect(shown).toEqual([]);
  });

  it("is silent at a sample rate of 0", () => {
    const { click, shown } = stage([{ on: "rage_click", sampleRate: 0 }]);
    const target = button();
    for (let i = 0; i < 3; i++) click(target);
    expect(shown).toEqual([]);
  });
});

describe("the throttle", () => {
  const why = { detector: "ask", evidence: [] };

  it("refuses a second question within 30 s, with its reason", () => {
    const { asks } = stage();
    expect(asks.ask(why)).toEqual({ asked: true, reason: "throttle_ready" });
    expect(asks.ask(why)).toEqual({ asked: false, reason: "throttle_active" });
  });

  it("keeps the rest of the session quiet after a dismissal, also when 30 s are over", () => {
    const { asks, replies, flow, emitted } = stage();
    asks.ask(why);
    replies[0]?.dismiss();
    flow.store.set("asked", { ...flow.store.get("asked"), times: [Date.now() - 60_000] });
    expect(asks.ask(why)).toEqual({ asked: false, reason: "suppressed" });
    expect(emitted.at(-1)).toEqual({ action: "prompt", phase: "dismissed", rule: "ask" });
  });

  it.each([
    ["week_cap", 5, 3 * 864e5],
    ["throttle_ready", 5, 8 * 864e5],
  ])("says %s after %i questions %i ms ago", (reason, count, ago) => {
    const { asks, flow } = stage();
    flow.store.set("asked", { times: Array(count).fill(Date.now() - ago) });
    expect(asks.ask(why).reason).toBe(reason);
  });

  it("asks nothing without the edge's allowance, nor while it refuses", () => {
    const { asks } = stage();
    asks.allow({ allow: false, reason: "regional_block", nextAt: null });
    expect(asks.ask(why)).toEqual({ asked: false, reason: "regional_block" });
  });

  it("waits for the edge's word where there is none yet", () => {
    const { asks, shown } = stage();
    asks.allow({ allow: false, reason: "throttle_active", nextAt: Date.now() - 1 });
    asks.soon(why);
    expect(shown).toEqual([]);
    asks.allow({ allow: true, reason: "throttle_ready", nextAt: null });
    expect(shown).toEqual([why]);
  });

  it("asks nothing in a dialog of the page", () => {
    const { asks } = stage();
    document.body.innerHTML = "<dialog open></dialog>";
    expect(asks.ask(why)).toEqual({ asked: false, reason: "dialog" });
    document.body.replaceChildren();
  });
});
