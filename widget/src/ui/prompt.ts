/** The question: one tap, then a word if one likes. It takes no focus and goes by itself. */
import type { Replies, Why } from "../ask";
import { running } from "../consent";
import { guard, later } from "../safe";
import { dialog } from "./dialog";
import { icon } from "./icons";
import { panel } from "./panel";
import { button, make, say } from "./surface";

/** Without pointer or focus on it the question leaves after so long (WCAG 2.2, SC 2.2.1). */
const LEAVES = 20_000;
const THANKED = 3_000;
/** A live region speaks what changes in it after it came. */
const SPOKEN = 100;

/** Answer → word and colour, in the order of reading. */
const ANSWERS = [
  ["thumbs_up", "good", "#2f8fd8"],
  ["confused", "confused", "light-dark(#522a8c,#cfbff2)"],
  ["thumbs_down", "bad", "#d9581f"],
] as const;

const CSS = `.start{inset-inline:20px auto}
.top{inset-block:20px auto}
.r{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:8px;margin:12px 0 10px}
.r button{height:64px;padding:0;border-color:#8886;display:grid;place-items:center;align-content:center;gap:4px;font-weight:400;font-size:13px;line-height:18px}
svg{fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;width:22px}
[data-reaction$=n] svg{scale:1 -1}
p{font-size:12px;line-height:16px}
textarea{width:100%;height:64px;margin:8px 0;padding:8px;resize:none;background:none;border:1px solid #808a94;border-radius:8px;display:block}
.l{position:absolute;top:0;clip-path:inset(50%)}`;

/** Corners in the order in which they are tried: the cause must stay in sight. */
const CORNERS = ["x", "x start", "x top", "x start top"];

function place(box: HTMLElement, cause?: Element): void {
  const from = cause?.getBoundingClientRect();
  if (!from?.width) return;
  const clear = CORNERS.some((corner) => {
    box.className = corner;
    const at = box.getBoundingClientRect();
    return (
      at.right < from.left || at.left > from.right || at.bottom < from.top || at.top > from.bottom
    );
  });
  if (!clear) box.className = "x";
}

/** Shows the question; returns how to take it away, `spare` only where it is unanswered. `called`: the visitor opened it, so it takes the focus. */
export function prompt(
  { question = say("question"), element }: Why,
  replies: Replies,
  called?: boolean,
): (spare?: boolean) => void {
  let timer = 0;
  let tapped = false;
  let field: HTMLTextAreaElement | undefined;

  const end = guard((how?: () => void) => {
    clearTimeout(timer);
    removeEventListener("pagehide", gone);
    close();
    replies._closed();
    how?.();
  });
  const gone = () => end();
  const leave = (phase: "dismissed" | "expired") =>
    end(() => (tapped ? replies._comment(field?.value || "") : replies._untapped(phase)));
  /** Pointer or focus on it stops the clock; what was begun is not taken away. */
  const wait = (ms: number) => {
    clearTimeout(timer);
    timer = later(ms, () => {
      if (field?.value || box.matches(tapped ? ":focus-within" : ":hover,:focus-within"))
        wait(LEAVES);
      else leave("expired");
    });
  };

  const thank = () => {
    tapped = true;
    title.textContent = status.textContent = say("thanks");
    // Who came by keyboard goes on by keyboard; a tap opens no keyboard on a phone.
    const keyboard = box.querySelector(":focus-visible");
    note.remove();
    row.remove();
    wait(THANKED);
    if (!replies._words) return;
    const words = say("words");
    field = make("textarea", { "aria-label": words, placeholder: words, maxlength: "500" });
    title.after(
      field,
      button({ "data-action": "send" }, () => leave("expired"), say("send")),
    );
    if (keyboard) field.focus({ preventScroll: true });
  };

  const status = make("div", { class: "l", role: "status" });
  const row = make(
    "div",
    { class: "r", role: "group", "aria-labelledby": "t" },
    ...ANSWERS.map(([reaction, word, colour]) => {
      const face = icon(reaction);
      face.style.color = colour;
      const tap = () => {
        replies._tap(reaction);
        thank();
      };
      return button({ "data-reaction": reaction }, tap, face, say(word));
    }),
  );
  const note = make("p", {}, `${say("note")} `);
  if (running) note.append(button({ class: "n", "data-action": "panel" }, panel, say("sent")));
  const {
    _box: box,
    _title: title,
    _close: close,
  } = dialog("prompt", CSS, question, () => leave("dismissed"), row, note, status);
  place(box, element);
  addEventListener("pagehide", gone);
  later(SPOKEN, () => {
    status.textContent ||= question;
  });
  wait(LEAVES);
  if (called) box.querySelector("button")?.focus({ preventScroll: true });
  return (spare) => void ((spare && tapped) || end());
}
