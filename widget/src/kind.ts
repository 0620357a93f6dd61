/** What only the page can know about a control: read here, sent as one word, never as text. */
import { attr, is, type Target } from "./target";
import type { Click } from "./types.gen";

export type Kind = NonNullable<Click["kind"]>;

/** Controls that one writes into, and those that open a surface of the browser's own, by `type`. */
const ENTRY = /^(text|search|email|password|tel|url|number)/;
const PICKER = /^(select|date|month|week|time|color|file|range)/;

const typeOf = (el: Element): string => (el as HTMLInputElement).type;

/** Does one write into it, choose from it or tick it? */
export const isField = (el: Element): boolean =>
  is(el, "input,select,textarea,[contenteditable]") && !/^(sub|but|res|im)/.test(typeOf(el));

/** Whole words: "Preview" is no "prev". The text is read, compared and forgotten. */
const STEPPER = /^([+−–-]$|((in|de)cre(ase|ment)|plus|minus)\b)/i;
/** «», …, ‹›, ←↑→↓, ▶, ◀ and ❮❯ are written as numbers: ASCII packs better. */
const PAGER =
  /^([<>\xab\xbb\u2026-\u203a\u2190-\u2193\u25b6\u25c0\u276e\u276f]+|(next|prev(ious)?|back|forward|older|newer|more|weiter|zur.ck|suivant|pr.c.dent|siguiente|anterior)( (page|slide|month|year|week))?)$/i;

/** Fields of which not even the visit is reported. */
export const secret = (el: Element): boolean =>
  is(el, "[type=password],[autocomplete^=cc-],[autocomplete^=one-time],[autocomplete$=password]");

/** Does this link lead away from the page, and how? */
const away = (link: HTMLAnchorElement): Kind | undefined =>
  is(link, "[download]")
    ? "download"
    : !/^(_self)?$/.test(link.target)
      ? "tab"
      : // `javascript:` stays on the page, and what has no address (`:`) too.
        !/^(javascript)?:$/.test(link.protocol) &&
          (link.origin !== location.origin ||
            /\.(pdf|zip|csv|docx?|xlsx?|gz|dmg|exe|ics)$/i.test(link.pathname))
        ? "outgoing"
        : undefined;

/** Returns what is special about `target`, if anything is. */
export function kindOf(
  { _element: el, _path: path, _inert }: Target,
  click?: MouseEvent,
): Kind | undefined {
  const within = (selector: string) => path.some((at) => is(at, selector));
  const link = path.find((at) => is(at, "a,area")) as HTMLAnchorElement | undefined;
  const type = typeOf(el);
  const text = _inert ? "" : (attr(el, "aria-label") || el.textContent || "").trim();
  return within("[contenteditable],[role=textbox]") || ENTRY.test(type)
    ? "entry"
    : within("option,[role=option],[role=combobox],[role=slider]") || PICKER.test(type)
      ? "picker"
      : within("audio,video")
        ? "media"
        : within("canvas")
          ? "canvas"
          : (link && away(link)) ||
            (within("[role=spinbutton]") || STEPPER.test(text)
              ? "stepper"
              : within("[rel=next],[rel=prev]") ||
                  PAGER.test(text) ||
                  // A day of a calendar; a table of controls is none.
                  (within("[role^=grid]") && /\d/.test(text))
                ? "pager"
                : _inert
                  ? "inert"
                  : // A keyboard's click has no pointer and no count (UI Events, `detail`).
                    click?.detail === 0
                    ? "key"
                    : link?.href
                      ? "link"
                      : undefined);
}
