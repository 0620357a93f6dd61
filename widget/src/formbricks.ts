/**
 * Who is asked by Formbricks' rules, for teams that move over (its `filterSurveys`, as in
 * `edge/policy/eligibility.py`). Days are counted whole: 6.99 days are less than 7.
 */
import { config, type Rule } from "./config";
import { read, write } from "./storage";

const DAY = 864e5;

/** What this device remembers, by the rule's id. */
interface Kept {
  /** How often each rule has asked. */
  displays: Record<string, number>;
  /** Rules that were answered. */
  responses: string[];
  /** ms since 1970 of the last question. */
  last: number;
}

const kept = (): Kept => ({ displays: {}, responses: [], last: 0, ...read<Kept>("surveys") });

export const idOf = ({ id, on }: Rule): string => id || on;

/** May `rule` ask? */
export function eligible(rule: Rule): boolean {
  const { recontactDays = 7, segments } = config;
  const { displayOption, displayLimit = 1 / 0, segment } = rule;
  const { displays, responses, last } = kept();
  const shown = displays[idOf(rule)] || 0;
  const answered = responses.includes(idOf(rule));
  const needed = rule.recontactDays ?? recontactDays;
  const may = {
    displayOnce: !shown,
    displayMultiple: !answered,
    displaySome: !answered && shown < displayLimit,
    respondMultiple: true,
  }[displayOption || "respondMultiple"];
  const rested = !last || Date.now() - last >= needed * DAY;
  return may && rested && (!segment || !!segments?.includes(segment));
}

/** Remembers that the rule `id` has asked, or was answered. */
export function survey(id: string, answered?: boolean): void {
  const now = kept();
  if (answered) now.responses.push(id);
  else {
    now.displays[id] = (now.displays[id] || 0) + 1;
    now.last = Date.now();
  }
  write("surveys", now);
}
