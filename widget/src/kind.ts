/** What only the page can know about a control: read here, sent as one word, never as text. */
import { attr, is, type Target } from "./target";
import type { Click } from "./types.gen";

export type Kind = NonNullable<Click["kind"]>;

const types = (names: string) => names.replace(/(\S+) ?/g, ",input[type=$1]");

/** Kinds by selector, the first that an element on the path fits. */
const SELECTORS: [Kind, string][] = [
  [
    "entry",
    `textarea,input:not([type]),[contenteditable],[role=textbox]${types("text search email password tel url number")}`,
  ],
  [
    "picker",
    `select,option,[role=option],[role=combobox],[role=slider]${types("date datetime-local month week time color file range")}`,
  ],
  ["media", "audio,video"],
  ["canvas", "canvas"],
  ["stepper", "[role=spinbutton]"],
  ["pager", "[rel=next],[rel=prev],[role=gridcell],[role=grid]"],
];
/** Whole words: "Preview" is no "prev". The text is read, compared and forgotten. */
const STEPPER = /^(\+|-|−|–|(increase|decrease|increment|decrement|plus|minus)\b.*)$/i;
const PAGER =
  /^([‹›«»<>←→↑↓◀▶…]+|(next|prev|previous|back|forward|older|newer|more|weiter|zurück|suivant|précédent|siguiente|anterior)( (page|slide|month|year|week))?)$/i;

/** Fields of which not even the visit is reported. */
export const secret = (el: Element): boolean =>
  is(
    el,
    "[type=password],[autocomplete^=cc-],[autocomplete=one-time-code],[autocomplete*=password]",
  );

function link(el: Element): Kind | undefined {
  if (!is(el, "a[href],area")) return;
  const { protocol, origin, pathname, target } = el as HTMLAnchorElement;
  if (el.hasAttribute("download") || /\.(pdf|zip|csv|docx?|xlsx?|gz|dmg|exe|ics)$/i.test(pathname))
    return "download";
  // `javascript:` stays on the page: such a link is an ordinary control.
  if (protocol === "javascript:") return;
  return /^(_self)?$/.test(target) && origin === location.origin ? undefined : "outgoing";
}

/** Returns what is special about `target`, if anything is. */
export function kindOf(
  { _element: el, _path: path, _inert }: Target,
  click?: MouseEvent,
): Kind | undefined {
  const found = SELECTORS.find(([, selector]) => path.some((at) => is(at, selector)));
  if (found) return found[0];
  if (_inert) return "inert";
  const text = (attr(el, "aria-label") || el.textContent || "").trim();
  return (
    link(el) ||
    (STEPPER.test(text) ? "stepper" : PAGER.test(text) ? "pager" : undefined) ||
    // A keyboard's click has no pointer and no count (UI Events, `detail`).
    (click?.detail === 0 ? "key" : undefined)
  );
}
