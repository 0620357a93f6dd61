/** The question for consent: two equal answers, no preset, no layer over the page. */
import type { Config } from "../config";
import type { Wording } from "../texts";
import { BANNER } from "./style";
import { button, make, surface } from "./surface";

/** Shows the banner; returns how to hide it. `refused`: the browser already said no, which its visitor may change. */
export function banner(
  config: Config,
  wording: Wording,
  refused: boolean,
  answer: (yes: boolean) => void,
): () => void {
  const { say } = wording;
  // What it is for, what is kept, by whom and how long stands in the text; the site may add a page.
  const details = config.detailsUrl
    ? [make("a", { class: "n", href: config.detailsUrl }, say("details"))]
    : [];
  const box = make(
    "section",
    { "aria-labelledby": "t" },
    make(
      "div",
      {},
      make("h2", { id: "t" }, say(refused ? "gpc" : "ask")),
      make("p", {}, `${say("what")} `, ...details),
    ),
    make(
      "div",
      { class: "r" },
      button({ "data-answer": "no" }, () => answer(false), say(refused ? "keep" : "no")),
      button({ "data-answer": "yes" }, () => answer(true), say(refused ? "change" : "yes")),
    ),
  );
  return surface("banner", box, BANNER, config, wording);
}
