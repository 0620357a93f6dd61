/**
 * The feedback button: a visitor speaks up by themselves, asked by nobody. With a grant the
 * answer joins the session. Without one, also after a no, nothing is stored and only what
 * was tapped and typed is sent: under an id made for this one answer and then forgotten,
 * with the consent that giving it is, for it alone.
 */
import { hush, type Replies, replies } from "./ask";
import { PURPOSES, refusal } from "./choice";
import { config } from "./config";
import { running } from "./consent";
import { send } from "./delivery";
import { random } from "./ids";
import { type Item, item } from "./queue";
import type { FeedbackPayload } from "./types.gen";
import { prompt } from "./ui/prompt";
import { button, make, say, surface } from "./ui/surface";

const CSS = `.x{inset-inline-start:auto;padding:0;border-radius:22px}
button{border:0;border-radius:22px}`;
const DETECTOR = "button";

/** Sends an answer that belongs to nobody: a consent for it, then each part when it is given. */
function alone(): Partial<Replies> {
  const { projectId, policyVersion } = config;
  const sender = { projectId, sessionId: random(16), stream: random(8) };
  let n = 0;
  let sent: Promise<unknown> = Promise.resolve();
  const next = (one: Item) => {
    sent = sent.then(() => send([one])).catch(() => {});
  };
  const tell = (payload: FeedbackPayload) => {
    const event = { n: ++n, type: "feedback.recorded", timestamp: Date.now(), payload };
    next(item("events", sender, event));
  };
  let reaction: FeedbackPayload["reaction"];
  return {
    _words: true,
    _tap(tapped) {
      reaction = tapped;
      // All purposes but the first: nothing of what the visitor does.
      const purposes = PURPOSES.slice(1);
      const consent = { state: "granted", source: "api", purposes, override: !!refusal() };
      // A grant has a receipt; of this one nobody keeps the secret.
      next(item("consent", { ...sender, ...consent, policyVersion, n }, undefined, random(32)));
      tell({ reaction, answers: { detector: DETECTOR } });
    },
    _comment(text) {
      const comment = text.trim().slice(0, 500);
      if (comment) tell({ reaction, comment, follows: 1 });
    },
  };
}

let hide: (() => void) | undefined;

/** Shows the button while `shown`. */
export function volunteer(shown: boolean): void {
  hide?.();
  hide = undefined;
  if (!shown) return;
  const open = () => {
    const why = { detector: DETECTOR, evidence: [], question: say("feedback") };
    const own = replies(why);
    const answer: Replies = {
      ...own,
      ...(!running && alone()),
      // Who asked and thought better of it has refused nobody.
      _untapped() {},
      _closed() {
        own._closed();
        pill.focus({ preventScroll: true });
      },
    };
    hush();
    hush(prompt(why, answer, true));
  };
  const pill = button({ "data-action": "feedback" }, open, say("feedback"));
  hide = surface("button", make("section", { "aria-label": say("feedback") }, pill), CSS);
}
