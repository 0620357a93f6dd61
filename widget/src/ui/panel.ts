/** The panel: what this visit has captured, word for word, and the ways to stop it. */
import type { Flow } from "../flow";
import { logged } from "../log";
import { receiptHash } from "../session";
import type { Wording } from "../texts";
import { icon } from "./icons";
import { PANEL } from "./question-style";
import { button, make, surface } from "./surface";

/** Kinds of entries in the order of the panel, by the actions that they gather. */
const KINDS = {
  pages: "nav",
  clicks: "click",
  scrolling: "scroll",
  fields: "input submit",
  answers: "feedback.recorded",
} as const;

type Kind = keyof typeof KINDS | "other";

/** Counts `entries`, events as JSON, by kind. */
export function tally(entries: string[]): [Kind, number][] {
  const counts = { pages: 0, clicks: 0, scrolling: 0, fields: 0, answers: 0, other: 0 };
  for (const entry of entries) {
    const { type, payload } = JSON.parse(entry);
    const found = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((kind) =>
      KINDS[kind].split(" ").includes(payload.action || type),
    );
    counts[found || "other"]++;
  }
  return Object.entries(counts) as [Kind, number][];
}

let close: (() => void) | undefined;

/** Opens the panel; it was asked for, so it takes the focus. `withdraw` ends the consent. */
export async function panel(
  flow: Flow,
  wording: Wording,
  withdraw: (erase: boolean) => void,
): Promise<void> {
  const { say, language } = wording;
  const session = flow.session();
  const entries = await logged(session.id);
  if (close) return;
  const hide = () => {
    close?.();
    close = undefined;
  };
  const time = new Date(session.begun).toLocaleTimeString(language, {
    hour: "2-digit",
    minute: "2-digit",
  });
  const since = make("p", {}, say("since").replace("{time}", time));
  const list = make(
    "ul",
    {},
    ...tally(entries).map(([kind, count]) =>
      make("li", {}, make("span", {}, say(kind)), make("b", {}, `${count}`)),
    ),
  );
  const all = make("pre", { tabindex: "0", dir: "ltr", "aria-label": say("panel") });
  all.hidden = true;
  const stop = (erase: boolean) => {
    const receipt = erase ? [make("code", {}, receiptHash(session))] : [];
    withdraw(erase);
    for (const el of [since, all, actions]) el.remove();
    list.replaceWith(make("p", { role: "status" }, say(erase ? "erased" : "stopped"), ...receipt));
    cross.focus();
  };
  const toggle = button(
    { class: "n", "aria-expanded": "false", "data-action": "entries" },
    () => {
      all.textContent ||= entries.join("\n");
      all.hidden = !all.hidden;
      toggle.setAttribute("aria-expanded", `${!all.hidden}`);
    },
    say("all").replace("{n}", `${entries.length}`),
  );
  const actions = make(
    "div",
    { class: "g" },
    toggle,
    button({ class: "d", "data-action": "erase" }, () => stop(true), say("erase")),
    button({ "data-action": "stop" }, () => stop(false), say("stop")),
  );
  const cross = button(
    { class: "c", "aria-label": say("close"), "data-action": "close" },
    hide,
    icon("close"),
  );
  const box = make(
    "section",
    { role: "dialog", "aria-modal": "false", "aria-labelledby": "t" },
    make("h2", { id: "t" }, say("panel")),
    since,
    list,
    all,
    actions,
    cross,
  );
  box.onkeydown = ({ key }) => key === "Escape" && hide();
  close = surface("panel", box, PANEL, flow.config, wording);
  cross.focus({ preventScroll: true });
}
