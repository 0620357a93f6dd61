/** The question for consent: two equal answers, no preset, no layer over the page. */
import { config } from "../config";
import { BANNER } from "./style";
import { button, make, say, surface } from "./surface";

/** Shows the banner; returns how to hide it. `refused`: the browser already said no, which its visitor may change. */
export function banner(refused: boolean, answer: (yes: boolean) => void): () => void {
  // What it is for, what is kept, by whom and how long stands in the text; the site may add a page.
  const details = config.detailsUrl ? [make("a", { href: config.detailsUrl }, say("details"))] : [];
  const reply = (yes: boolean, name: "yes" | "no") =>
    button({ "data-answer": name }, () => answer(yes), say(name));
  const box = make(
    "section",
    { "aria-labelledby": "t" },
    make(
      "div",
      {},
      make("h2", { id: "t" }, say(refused ? "gpc" : "ask")),
      make("p", {}, `${say("what")} `, ...details),
    ),
    make("div", { class: "r" }, reply(false, "no"), reply(true, "yes")),
  );
  return surface("banner", box, BANNER);
}
