/** The rules that people wrote: at which moments the question is due. */
import { drop, soon } from "./ask";
import { config, type Rule } from "./config";
import { here, on, type Signal, stream } from "./flow";
import { eligible, idOf } from "./formbricks";
import { later, now } from "./safe";
import { selector } from "./target";
import type { Click, FeedbackPayload } from "./types.gen";

/** The owner's definition: 3 or more clicks on one target within less than 500 ms. */
const RAGE_CLICKS = 3;
const RAGE_MS = 500;
/** Without any reaction for so long a click is dead. */
const DEAD_MS = 2_500;
const HESITATION_MS = 3_000;
const DWELL_MS = 30_000;

/** Does `page` fit `pattern`, in which `*` stands for anything? Query parameters are left out. */
export const fits = (page: string, pattern = "*"): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`).test(
    page.replace(/\?.*/, ""),
  );

const rules = (on: Rule["on"]): Rule[] =>
  (config.rules || [{ on: "rage_click" }, { on: "dead_click" }]).filter((rule) => rule.on === on);

function ask(on: Rule["on"], element?: Element, evidence: string[] = []): void {
  const rule = rules(on).find(
    (rule) =>
      fits(here.page, rule.page) &&
      Math.random() < (rule.sampleRate ?? 1) &&
      (!config.eligibility || eligible(rule)),
  );
  const target = element && selector(element);
  if (rule)
    soon({
      detector: on,
      evidence,
      element,
      target,
      question: rule.question,
      rule: config.eligibility && idOf(rule),
    });
}

const id = (n: number) => `${stream}:${n}`;

/** Clicks on one element that may become rage: their moments, the latest first, and their ids. */
let burst: { _element?: Element; _times: number[]; _evidence: string[] } = {
  _times: [],
  _evidence: [],
};
/** The latest clicks of which an answer is expected. */
let expecting: number[] = [];

/** Clicks that a page answers in ways nobody can see, or that mean something else, prove nothing. */
const proves = ({ kind, modified, selected, button }: Click): boolean =>
  !kind && !modified && !selected && !button;

function onClick(click: Click, n: number, element: Element): void {
  const at = now();
  if (burst._element !== element || at - (burst._times[0] as number) >= RAGE_MS) {
    burst = { _element: element, _times: [], _evidence: [] };
  }
  if (!proves(click)) return;
  expecting = [n, ...expecting.slice(0, 20)];
  const { _times, _evidence } = burst;
  _times.unshift(at);
  _evidence.push(id(n));
  if (_times.length !== RAGE_CLICKS) return;
  // Later clicks of the burst join the evidence until the tap.
  if (at - (_times[RAGE_CLICKS - 1] as number) < RAGE_MS) ask("rage_click", element, _evidence);
  else {
    _times.pop();
    _evidence.shift();
  }
}

/** Sets a timer for each rule `on`. */
const timed = (on: Rule["on"], preset: number, element?: Element): number[] =>
  rules(on).map(({ after = preset }) => later(after, () => ask(on, element)));

let hovering: number[] = [];
let viewing: number[] = [];

/** Hears each event. */
export function heard(payload: Signal | FeedbackPayload, n: number, element?: Element): void {
  if (!("action" in payload)) return;
  if (payload.action === "click") onClick(payload, n, element as Element);
  if (payload.action === "nav") {
    drop();
    hover();
    viewing.forEach(clearTimeout);
    viewing = [...timed("dwell", DWELL_MS), ...timed("page", 0)];
  }
}

/** Hears that the pointer is on a control, or no longer. */
export function hover(element?: Element): void {
  hovering.forEach(clearTimeout);
  hovering = element ? timed("hesitation", HESITATION_MS, element) : [];
}

/** Hears that nothing followed the click `of`. */
export function silent(of: number, element: Element): void {
  if (config.watchMs >= DEAD_MS && expecting.includes(of)) ask("dead_click", element, [id(of)]);
}

/** Begins with a grant. */
export function applyRules(): void {
  on<MouseEvent>(
    "mouseout",
    ({ relatedTarget, clientY }) => relatedTarget || clientY > 0 || ask("exit_intent"),
  );
}
