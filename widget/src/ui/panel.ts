/** The panel: what this visit has captured, word for word, and the ways to stop it. */
import { consent } from "../consent";
import { session } from "../flow";
import { digest } from "../ids";
import { logged } from "../log";
import * as parts from "../parts";
import { dialog } from "./dialog";
import { button, make, say } from "./surface";

/** Kinds of entries in the order of the panel, by the actions that they gather. */
const KINDS = {
  pages: /^nav/,
  clicks: /^click/,
  scrolling: /^scroll/,
  fields: /^(input|submit)/,
  answers: /^feedback/,
  other: /^/,
} as const;

type Kind = keyof typeof KINDS;

/** Counts `entries`, events as JSON, by kind. */
export function tally(entries: string[]): [Kind, number][] {
  const kinds = Object.keys(KINDS) as Kind[];
  const found = entries.map((entry) => {
    const { type, payload } = JSON.parse(entry);
    return kinds.find((kind) => KINDS[kind].test(payload.action || type));
  });
  return kinds.map((kind) => [kind, found.filter((one) => one === kind).length]);
}

const CSS = `.x{width:min(376px,96vw);padding:0 0 16px}
h2{font-size:16px;line-height:24px;padding:14px 16px 0;padding-inline-end:48px}
p{padding:2px 16px 10px}
ul{padding:0;font-size:13px}
li{display:flex;justify-content:space-between;padding:7px 16px}
li,.g,pre{border-top:1px solid #8886}
b{font-weight:600}
.g{display:grid;gap:8px;padding:12px 16px 0}
.n{text-align:start}
.d{color:light-dark(#a83a10,#ff9f73)}
pre{max-height:200px;overflow:auto;padding:8px 16px;font:12px/16px monospace;white-space:pre-wrap}
pre,code{overflow-wrap:anywhere}`;

let close: (() => void) | undefined;

/** Opens the panel; it was asked for, so it takes the focus. */
export const panel = (): void => void open().catch(() => {});

async function open(): Promise<void> {
  const { begun, secret } = session;
  const entries = await logged();
  const receipt = await digest(secret);
  if (close) return;
  const time = new Date(begun).toLocaleTimeString(parts.texts()[1], { timeStyle: "short" });
  const since = make("p", {}, say("since").replace("{time}", time));
  const list = make(
    "ul",
    {},
    ...tally(entries).map(([kind, count]) => make("li", {}, say(kind), make("b", {}, `${count}`))),
  );
  const all = make("pre", { tabindex: "0", dir: "ltr", "aria-label": say("sent"), hidden: "" });
  const stop = (erase: boolean) => {
    consent.withdraw({ erase });
    for (const el of [since, all, actions]) el.remove();
    const said = make("p", { role: "status" }, say(erase ? "erased" : "stopped"));
    if (erase) said.append(make("code", {}, ` ${receipt}`));
    list.replaceWith(said);
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
  const hide = () => {
    close?.();
    close = undefined;
  };
  const shown = dialog("panel", CSS, say("sent"), hide, since, list, all, actions);
  const { _cross: cross } = shown;
  close = shown._close;
  cross.focus({ preventScroll: true });
}
