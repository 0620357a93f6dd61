/** The question for consent: two equal answers, no preset, no layer over the page. */
import { config } from "../config";
import { consent } from "../consent";
import { BANNER } from "./style";
import { button, make, say, surface } from "./surface";

/** Shows the banner; returns how to hide it. `refused`: the browser already said no, which its visitor may change. */
export function banner(refused: boolean): () => void {
  // What it is for, what is kept, by whom and how long stands in the text; the site may add a page.
  const { detailsUrl } = config;
  const details = detailsUrl ? make("a", { href: detailsUrl }, say("details")) : "";
  const reply = (name: "yes" | "no", act: "grant" | "deny") =>
    button(
      { "data-answer": name },
      () => consent[act]({ source: "banner", override: true }),
      say(name),
    );
  const box = make(
    "section",
    { "aria-labelledby": "t" },
    make(
      "div",
      {},
      make("h2", { id: "t" }, say(refused ? "gpc" : "ask")),
      make("p", {}, `${say("what")} `, details),
    ),
    make("div", { class: "r" }, reply("no", "deny"), reply("yes", "grant")),
  );
  return surface("banner", box, BANNER);
}
