/** The question: one tap, then a word if one likes. It takes no focus and goes by itself. */
import type { Show } from "../ask";
import type { Config } from "../config";
import { guard } from "../safe";
import type { Wording } from "../texts";
import { icon } from "./icons";
import { PROMPT } from "./question-style";
import { button, make, surface } from "./surface";

/** Without pointer or focus on it the question leaves after so long (WCAG 2.2, SC 2.2.1). */
const LEAVES = 20_000;
const THANKED = 3_000;
/** A live region speaks what changes in it after it came. */
const SPOKEN = 100;

/** Answer → colour and word, in the order of reading. */
const ANSWERS = [
  ["thumbs_up", "up", "good"],
  ["confused", "co", "confused"],
  ["thumbs_down", "do", "bad"],
] as const;

/** Corners in the order in which they are tried: the cause must stay in sight. */
const CORNERS = ["", "start", "top", "start top"];

function place(box: HTMLElement, cause?: Element): void {
  const plain = box.className;
  const from = cause?.getBoundingClientRect();
  if (!from?.width) return;
  const clear = CORNERS.some((corner) => {
    box.className = `${plain} ${corner}`;
    const at = box.getBoundingClientRect();
    return (
      at.right < from.left || at.left > from.right || at.bottom < from.top || at.top > from.bottom
    );
  });
  if (!clear) box.className = plain;
}

/** Returns how to show the question; `panel` opens what is sent. */
export function prompt(config: Config, wording: Wording, panel: () => void): Show {
  const { say } = wording;
  return ({ question = say("question"), element }, replies) => {
    let timer = 0;
    let tapped = false;
    let field: HTMLTextAreaElement | undefined;

    const end = guard((how?: () => void) => {
      clearTimeout(timer);
      removeEventListener("pagehide", gone);
      close();
      replies.closed();
      how?.();
    });
    const gone = () => void end();
    const leave = (phase: "dismissed" | "expired") =>
      end(() => (tapped ? replies.comment(field?.value || "") : replies.untapped(phase)));
    /** Pointer or focus on it stops the clock; what was begun is not taken away. */
    const wait = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const held = tapped ? box.matches(":focus-within") : box.matches(":hover,:focus-within");
        if (held || field?.value) wait(LEAVES);
        else leave("expired");
      }, ms);
    };

    const title = make("h2", { id: "t" }, question);
    const status = make("div", { class: "l", role: "status" });

    const thank = () => {
      tapped = true;
      title.textContent = status.textContent = say("thanks");
      // Who came by keyboard goes on by keyboard; a tap opens no keyboard on a phone.
      const keyboard = box.querySelector(":focus-visible");
      note.remove();
      row.remove();
      wait(THANKED);
      if (!replies.words) return;
      const words = { "aria-label": say("words"), placeholder: say("words"), maxlength: "500" };
      field = make("textarea", words);
      title.after(
        field,
        button({ "data-action": "send" }, () => leave("expired"), say("send")),
      );
      if (keyboard) field.focus({ preventScroll: true });
    };

    const row = make(
      "div",
      { class: "r", role: "group", "aria-labelledby": "t" },
      ...ANSWERS.map(([reaction, colour, word]) => {
        const face = icon(reaction);
        face.style.color = `var(--${colour})`;
        const tap = () => {
          replies.tap(reaction);
          thank();
        };
        return button({ "data-reaction": reaction }, tap, face, say(word));
      }),
    );
    const more = button({ class: "n", "data-action": "panel" }, panel, say("sent"));
    const note = make("p", { class: "w" }, `${say("note")} `, more);
    const dismiss = () => leave("dismissed");
    const cross = button(
      { class: "c", "aria-label": say("close"), "data-action": "close" },
      dismiss,
      icon("close"),
    );
    const box = make(
      "section",
      { role: "dialog", "aria-modal": "false", "aria-labelledby": "t" },
      title,
      row,
      note,
      cross,
      status,
    );
    box.onkeydown = (event) => {
      // Keys pressed here are not the page's shortcuts.
      event.stopPropagation();
      if (event.key === "Escape") dismiss();
    };
    const close = surface("prompt", box, PROMPT, config, wording);
    place(box, element);
    addEventListener("pagehide", gone);
    setTimeout(() => {
      status.textContent ||= question;
    }, SPOKEN);
    wait(LEAVES);
    return gone;
  };
}
