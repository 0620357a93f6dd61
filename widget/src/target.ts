/** Which element an event concerns, as a short selector that can hold no personal data. */

/** The element whose shadow root holds all that the widget shows. */
export const HOST = "flowback-widget";

const ROLES =
  "=link =tab =radio =switch =option =slider =gridcell =treeitem ^=menuitem $=box $=button";
const INTERACTIVE = `a[href],area,button,input,select,textarea,summary,label,option,audio,video,canvas,[contenteditable],[tabindex],[onclick],[data-flowback-name]${ROLES.replace(
  /(\S+) ?/g,
  ",[role$1]",
)}`;

/** Letters, - and _: what holds a digit is generated or an id (privacy by allow-list). */
const STATIC = /^[a-z_-]{1,40}$/i;
/** Classes that come and go with the state of one element. */
const STATE =
  /^(is|has|ng|v)-|\b(active|hover|focus(ed)?|open|selected|disabled|loading|current|show|hidden|pressed|checked)\b/i;

export interface Target {
  _element: Element;
  /** Elements from the innermost outwards, through open shadow roots. */
  _path: Element[];
  /** Nothing interactive was found up to the document. */
  _inert: boolean;
}

/** `el.getAttribute` and `el.matches` even where a form's field is named so. */
export const attr = (el: Element, name: string): string =>
  Element.prototype.getAttribute.call(el, name) || "";
export const is = (el: Element, selector: string): boolean =>
  Element.prototype.matches.call(el, selector);

/** Does this event come from what the widget shows itself? */
export const ours = ({ target }: { target: unknown }): boolean =>
  (target as Element).localName === HOST;

/** Returns what `event` concerns, or undefined where the page or the widget silences it. */
export function resolve(event: Event): Target | undefined {
  const path = (event.composedPath() as Element[]).filter((node) => node.nodeType === 1);
  if (!path[0] || path.some((el) => is(el, `${HOST},[data-flowback-ignore]`))) return;
  const found = path.find((el) => is(el, INTERACTIVE));
  return { _element: found || path[0], _path: path, _inert: !found };
}

/** The outermost of the elements that look clickable, for controls made of plain elements. */
export const clickable = (path: Element[]): Element | undefined =>
  path.filter((el) => getComputedStyle(el).cursor === "pointer").pop();

/** Counts siblings of one name. Step by step: a list of thousands is not copied for one of them. */
function alike(el: Element, step: "previousElementSibling" | "nextElementSibling"): number {
  let count = 0;
  for (let at = el[step]; at; at = at[step]) if (at.localName === el.localName) count++;
  return count;
}

function compound(el: Element): string {
  const { localName } = el;
  const fixed = (name: string) => (STATIC.test(attr(el, name)) ? attr(el, name) : "");
  const quoted = (name: string, value = fixed(name)) => value && `[${name}="${value}"]`;
  const tag = /^[a-z-]+[1-6]?$/.test(localName) ? localName : "*";
  if (fixed("id")) return `${tag}#${fixed("id")}`;
  const classes = [...el.classList]
    .filter((name) => STATIC.test(name) && !STATE.test(name))
    .slice(0, 2);
  // `type` as the browser understands it: one of a list, whatever the attribute says.
  const type = /^(input|button)$/.test(tag) ? (el as HTMLInputElement).type : "";
  const before = alike(el, "previousElementSibling");
  const among = before || alike(el, "nextElementSibling");
  return (
    [tag, ...classes].join(".") +
    quoted("role") +
    quoted("type", type) +
    (quoted("data-testid") || (among ? `:nth-of-type(${before + 1})` : ""))
  );
}

/** An element keeps its first selector, so that a class that comes and goes changes nothing. */
const known = new WeakMap<Element, string>();

/** At most 5 compounds, cut at the nearest static id. */
function locate(el: Element): string {
  let text = compound(el);
  let up: Element | undefined = el;
  for (let depth = 1; depth < 5 && !text.includes("#"); depth++) {
    up = up.parentElement || (up.getRootNode() as ShadowRoot).host;
    if (!up || is(up, "html,body")) break;
    const longer: string = `${compound(up)} > ${text}`;
    if (longer.length > 256) break;
    text = longer;
  }
  known.set(el, text);
  return text;
}
export const selector = (el: Element): string => known.get(el) || locate(el);

/** The fields of a signal that concerns `el`. */
export const describe = (el: Element): { target: string; name?: string } => ({
  target: selector(el),
  name: attr(el, "data-flowback-name").slice(0, 64) || undefined,
});
