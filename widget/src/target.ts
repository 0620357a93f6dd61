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
export const resolve = (event: Event): Target | undefined => concern(innermost(event));

/** Where `event` happened, also in an open shadow root. */
export function innermost(event: Event): Element {
  const target = event.target as Element;
  return target.shadowRoot ? (event.composedPath()[0] as Element) : target;
}

/** Returns what an event on `inner` concerns. */
export function concern(inner: Element): Target | undefined {
  const path: Element[] = [];
  // As an event goes: into the shadow root that shows it, and out of it to its host.
  for (let at: Node | null = inner; at; ) {
    if (at.nodeType === 1) path.push(at as Element);
    at = (at as Element).assignedSlot || at.parentNode || (at as ShadowRoot).host;
  }
  if (!path[0] || path.some((el) => is(el, `${HOST},[data-flowback-ignore]`))) return;
  const found = path.find((el) => is(el, INTERACTIVE));
  return { _element: found || path[0], _path: path, _inert: !found };
}

/** The outermost of the elements that look clickable, for controls made of plain elements. */
export const clickable = (path: Element[]): Element | undefined =>
  path.filter((el) => getComputedStyle(el).cursor === "pointer").pop();

/** Where an element stands among its siblings of one name, from 1 on. Step by step: a list of thousands is not copied for one of them. */
function place(el: Element): number {
  let count = 1;
  for (let at = el.previousElementSibling; at; at = at.previousElementSibling)
    if (at.localName === el.localName) count++;
  return count;
}

function compound(el: Element): string {
  const { localName } = el;
  const fixed = (name: string) => {
    const value = attr(el, name);
    return STATIC.test(value) ? value : "";
  };
  const quoted = (name: string, value = fixed(name)) => value && `[${name}="${value}"]`;
  const tag = /^[a-z-]+[1-6]?$/.test(localName) ? localName : "*";
  const id = fixed("id");
  if (id) return `${tag}#${id}`;
  const classes = attr(el, "class")
    .split(/\s+/)
    .filter((name) => STATIC.test(name) && !STATE.test(name))
    .slice(0, 2);
  // `type` as the browser understands it: one of a list, whatever the attribute says.
  const type = /^(input|button)$/.test(tag) ? (el as HTMLInputElement).type : "";
  return (
    [tag, ...classes].join(".") +
    quoted("role") +
    quoted("type", type) +
    (quoted("data-testid") || (is(el, ":only-of-type") ? "" : `:nth-of-type(${place(el)})`))
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
