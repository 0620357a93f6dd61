/** The rules that people wrote: at which moments the question is due. */
import type { Asker } from "./ask";
import type { Rule } from "./config";
import type { Flow } from "./flow";
import { fits } from "./page";
import { guard, now } from "./safe";
import { selector } from "./target";
import type { Click, Reaction } from "./types.gen";

/** The owner's definition: 3 or more clicks on one target within less than 500 ms. */
const RAGE_CLICKS = 3;
const RAGE_MS = 500;
/** Without any reaction for so long a click is dead. */
const DEAD_MS = 2_500;
const HESITATION_MS = 3_000;
const DWELL_MS = 30_000;

/** Clicks that a page answers in ways nobody can see, or that mean something else, are none of these. */
const ordinary = ({ kind, modified, selected, button }: Click): boolean =>
  !kind && !modified && !selected && !button;

/** Applies the rules to the moments of `flow`. */
export function applyRules(flow: Flow, asker: Asker): void {
  const { rules } = flow.config;
  let burst: { element: Element; times: number[]; evidence: string[] } | undefined;
  let hovering = 0;
  let viewing: number[] = [];
  const clicks = new Map<number, Click>();
  const id = (n: number) => `${flow.stream}:${n}`;

  const ask = guard((on: Rule["on"], element?: Element, evidence: string[] = []) => {
    const rule = rules.find(
      ({ on: when, page, sampleRate = 1 }) =>
        when === on && fits(flow.page, page) && Math.random() < sampleRate,
    );
    const { question } = rule || {};
    const target = element && selector(element);
    if (rule) asker.soon({ detector: on, evidence, element, target, question });
  });

  const onClick = (element: Element, n: number, click: Click) => {
    clicks.set(n, click);
    if (clicks.size > 20) clicks.delete([...clicks.keys()][0] as number);
    const at = now();
    if (burst?.element !== element || at - (burst.times[0] as number) >= RAGE_MS) {
      burst = { element, times: [], evidence: [] };
    }
    if (!ordinary(click)) return;
    burst.times.unshift(at);
    burst.evidence.push(id(n));
    const { times, evidence } = burst;
    // Later clicks of the burst join the evidence until the tap.
    if (times.length === RAGE_CLICKS && at - (times[RAGE_CLICKS - 1] as number) < RAGE_MS) {
      ask("rage_click", element, evidence);
    } else if (times.length === RAGE_CLICKS) {
      times.pop();
      evidence.shift();
    }
  };

  const onReaction = ({ action, of, watched, ...seen }: Reaction, element: Element) => {
    const click = clicks.get(of);
    if (click && ordinary(click) && watched >= DEAD_MS && !Object.keys(seen).length) {
      ask("dead_click", element, [id(of)]);
    }
  };

  const timed = (on: Rule["on"], preset: number, element?: Element): number[] =>
    rules
      .filter((rule) => rule.on === on)
      .map(({ after = preset }) => setTimeout(ask, after, on, element));

  flow.hear(({ what, element, n, signal }) => {
    if (what === "click") onClick(element as Element, n as number, signal as Click);
    if (what === "reaction") onReaction(signal as Reaction, element as Element);
    if (what === "hover") {
      clearTimeout(hovering);
      hovering = element ? (timed("hesitation", HESITATION_MS, element)[0] ?? 0) : 0;
    }
    if (what === "view") {
      viewing.forEach(clearTimeout);
      viewing = [...timed("dwell", DWELL_MS), ...timed("page", 0)];
    }
  });
  flow.on<MouseEvent>(
    "mouseout",
    ({ relatedTarget, clientY }) => relatedTarget || clientY > 0 || ask("exit_intent"),
  );
}
