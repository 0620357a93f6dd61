import { describe, expect, it, vi } from "vitest";
import type { Replies, Why } from "../src/ask";
import type { Config, Rule } from "../src/config";
import type { Signal } from "../src/flow";
import type { heard } from "../src/parts";
import type { Click, Policy } from "../src/types.gen";
import { eligibility } from "./cases.mjs";

const shown: Why[] = [];
const replies: Replies[] = [];
vi.mock("../src/ui/prompt", () => ({
  prompt(why: Why, reply: Replies) {
    shown.push(why);
    replies.push(reply);
    return () => reply._closed();
  },
}));

/** Hears each event in the place of the rules. */
let listener: typeof heard;
vi.mock("../src/parts", async (original) => ({
  ...(await original<typeof import("../src/parts")>()),
  heard: (...args: Parameters<typeof heard>) => listener(...args),
}));

/** The edge allows a question. */
const ALLOWED: Policy = { allow: true, reason: "throttle_ready", nextAt: null };

/** A granted visit on /checkout, and what its rules hear. */
async function stage(
  rules: Rule[] = [{ on: "rage_click" }, { on: "dead_click" }],
  more: Partial<Config> = {},
) {
  vi.resetModules();
  shown.length = replies.length = 0;
  localStorage.clear();
  history.replaceState(null, "", "/checkout");
  const { configure } = await import("../src/config");
  configure({ projectId: "t", key: "k", apiUrl: "http://127.0.0.1:9", rules, ...more });
  const { choose, PURPOSES } = await import("../src/choice");
  choose("granted", "banner", { purposes: PURPOSES });
  const emitted: Signal[] = [];
  listener = (payload) => void emitted.push(payload as Signal);
  const flow = await import("../src/flow");
  flow.begin();
  const asks = await import("../src/ask");
  asks.attend();
  const throttle = await import("../src/throttle");
  const allow = (policy: Policy) => {
    throttle.allow(policy);
    asks.allowed();
  };
  allow(ALLOWED);
  const { heard, silent } = await import("../src/rules");
  const storage = await import("../src/storage");
  let n = 0;
  const click = (element: Element, fields: Partial<Click> = {}) =>
    heard({ action: "click", target: "x", ...fields }, ++n, element);
  return {
    ...asks,
    ...storage,
    allow,
    click,
    emitted,
    silent,
    id: (n: number) => `${flow.stream}:${n}`,
  };
}

const button = () => document.createElement("button");

describe("rage", () => {
  it("is asked about at the third click on one target, once, with all clicks as evidence", async () => {
    const { click, id } = await stage();
    const target = button();
    for (let i = 0; i < 5; i++) click(target);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.detector).toBe("rage_click");
    expect(shown[0]?.evidence).toEqual([1, 2, 3, 4, 5].map(id));
  });

  it.each([
    [2, 100, 0],
    [3, 249, 1],
    [3, 250, 0],
    [4, 249, 1],
    [9, 250, 0],
  ])("%i clicks, %i ms apart, make %i question", async (count, apart, questions) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { click } = await stage();
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
  ])("is not seen in %s", async (_, fields) => {
    const { click } = await stage();
    const target = button();
    for (let i = 0; i < 6; i++) click(target, fields);
    expect(shown).toEqual([]);
  });

  it("is not seen in clicks on different targets", async () => {
    const { click } = await stage();
    for (let i = 0; i < 6; i++) click(button());
    expect(shown).toEqual([]);
  });
});

describe("a dead click", () => {
  const dead = async (fields: Partial<Click>, more: Partial<Config> = {}) => {
    const { click, silent } = await stage(undefined, more);
    const element = button();
    click(element, fields);
    silent(1, element);
    return shown.map(({ detector }) => detector);
  };

  it("is one that nothing has followed", async () =>
    expect(await dead({})).toEqual(["dead_click"]));
  it("is unknown where it was not watched for long enough", async () =>
    expect(await dead({}, { watchMs: 1_000 })).toEqual([]));
  it("is none where nothing could be seen", async () =>
    expect(await dead({ kind: "download" })).toEqual([]));
});

describe("a rule", () => {
  it("holds on its pages only", async () => {
    const { click } = await stage([{ on: "rage_click", page: "/cart*" }]);
    const target = button();
    for (let i = 0; i < 3; i++) click(target);
    expect(shown).toEqual([]);
  });

  it("is silent at a sample rate of 0", async () => {
    const { click } = await stage([{ on: "rage_click", sampleRate: 0 }]);
    const target = button();
    for (let i = 0; i < 3; i++) click(target);
    expect(shown).toEqual([]);
  });
});

describe("an event", () => {
  it("has a number of its own, also where it was recorded while another was heard", async () => {
    await stage();
    const { emit } = await import("../src/flow");
    const numbers: number[] = [];
    // The grant had the first number.
    listener = (payload, n) => {
      numbers.push(n);
      if ("duration" in payload) emit({ action: "scroll", depth: 1 });
    };
    expect([emit({ action: "idle", duration: 1 }), emit({ action: "scroll", depth: 2 })]).toEqual([
      1, 3,
    ]);
    expect(numbers).toEqual([1, 2, 3]);
  });
});

describe("the throttle", () => {
  const why = { detector: "ask", evidence: [] };

  it("refuses a second question within 30 s, with its reason", async () => {
    const { ask } = await stage();
    expect(ask(why)).toEqual({ asked: true, reason: "throttle_ready" });
    expect(ask(why)).toEqual({ asked: false, reason: "throttle_active" });
  });

  it("keeps the rest of the session quiet after a dismissal, also when 30 s are over", async () => {
    const { ask, read, write, emitted } = await stage();
    ask(why);
    replies[0]?._closed();
    replies[0]?._untapped("dismissed");
    write("asked", { ...read("asked"), times: [Date.now() - 60_000] });
    expect(ask(why)).toEqual({ asked: false, reason: "suppressed" });
    expect(emitted.at(-1)).toEqual({ action: "prompt", phase: "dismissed", rule: "ask" });
  });

  it.each([
    ["week_cap", 5, 3 * 864e5],
    ["throttle_ready", 5, 8 * 864e5],
  ])("says %s after %i questions %i ms ago", async (reason, count, ago) => {
    const { ask, write } = await stage();
    write("asked", { times: Array(count).fill(Date.now() - ago) });
    expect(ask(why).reason).toBe(reason);
  });

  it("asks nothing without the edge's allowance, nor while it refuses", async () => {
    const { ask, allow } = await stage();
    allow({ allow: false, reason: "regional_block", nextAt: null });
    expect(ask(why)).toEqual({ asked: false, reason: "regional_block" });
  });

  it("waits for the edge's word where there is none yet", async () => {
    const { allow, soon } = await stage();
    allow({ allow: false, reason: "throttle_active", nextAt: Date.now() - 1 });
    soon(why);
    expect(shown).toEqual([]);
    allow(ALLOWED);
    expect(shown).toEqual([why]);
  });

  it("asks nothing in a dialog of the page", async () => {
    const { ask } = await stage();
    document.body.innerHTML = "<dialog open></dialog>";
    expect(ask(why)).toEqual({ asked: false, reason: "dialog" });
    document.body.replaceChildren();
  });
});

describe("under the preset `formbricks`", () => {
  const rageAt = (click: (element: Element) => void) => {
    const target = button();
    for (let i = 0; i < 3; i++) click(target);
  };
  const ago = (days: number) => Date.now() - days * 864e5;

  it("there are cases to play", () => expect(eligibility).toHaveLength(9));

  it.each(eligibility.map((one) => [one.source.test, one] as const))("%s", async (_, one) => {
    const { survey, state } = one;
    const rule: Rule = {
      on: "rage_click",
      id: survey.id,
      displayOption: survey.display_option,
      displayLimit: survey.display_limit ?? undefined,
      recontactDays: survey.recontact_days ?? undefined,
      segment: survey.segment,
    };
    const { click, write } = await stage([rule], {
      eligibility: "formbricks",
      recontactDays: state.workspace_recontact_days,
      segments: state.user_id ? state.segments : undefined,
    });
    write("surveys", {
      displays: { [survey.id]: state.displays.length },
      responses: state.responses,
      last: state.last_display_days_ago === null ? 0 : ago(state.last_display_days_ago),
    });
    rageAt(click);
    expect(shown).toHaveLength(one.expect.shown ? 1 : 0);
  });

  it("a question and an answer count for the rule that asked", async () => {
    const rule: Rule = { on: "rage_click", id: "r", displayOption: "displayMultiple" };
    const { click, read } = await stage([rule], { eligibility: "formbricks" });
    rageAt(click);
    expect(read("surveys")).toMatchObject({ displays: { r: 1 }, responses: [] });
    replies[0]?._tap("confused");
    expect(read("surveys")).toMatchObject({ displays: { r: 1 }, responses: ["r"] });
  });
});
