/** Which element an event concerns, as a short selector that can hold no personal data. */

/** The element whose shadow root holds all that the widget shows. */
export const HOST = "flowback-widget";

const INTERACTIVE = `a[href],area,button,input,select,textarea,summary,label,option,audio,video,canvas,[contenteditable],[tabindex],[onclick],[data-flowback-name]${"button link tab menuitem menuitemcheckbox menuitemradio checkbox radio switch option combobox slider spinbutton gridcell treeitem textbox".replace(
  /(\w+) ?/g,
  ",[role=$1]",
)}`;

/** Letters, - and _: what holds a digit is generated or an id (privacy by allow-list). */
const STATIC = /^[a-z_-]{1,40}$/i;
/** Classes that come and go with the state of one element. */
const STATE =
  /^(is|has|ng|v)-|\b(active|hover|focus|focused|open|selected|disabled|loading|current|show|hidden|pressed|checked)\b/i;

export interface Target {
  _element: Element;
  /** Elements from the innermost outwards, through open shadow roots. */
  _path: Element[];
  /** Nothing interactive was found up to the document. */
  _inert: boolean;
}

/** `el.getAttribute` and `el.matches` even where a form's field is named so. */
const { getAttribute, matches } = Element.prototype;
export const attr = (el: Element, name: string): string => getAttribute.call(el, name) || "";
export const is = (el: Element, selector: string): boolean => matches.call(el, selector);

const elements = (event: Event): Element[] =>
  event.composedPath().filter((node): node is Element => (node as Node).nodeType === 1);

/** Does this event come from what the widget shows itself? */
export const ours = (event: Event): boolean => elements(event).some((el) => el.localName === HOST);

/** Returns what `event` concerns, or undefined where the page or the widget silences it. */
export function resolve(event: Event): Target | undefined {
  const path = elements(event);
  if (!path[0] || path.some((el) => is(el, `${HOST},[data-flowback-ignore]`))) return;
  const found = path.find((el) => is(el, INTERACTIVE));
  return { _element: found || path[0], _path: path, _inert: !found };
}

/** The outermost of the elements that look clickable, for controls made of plain elements. */
export const clickable = (path: Element[]): Element | undefined =>
  path.filter((el) => getComputedStyle(el).cursor === "pointer").pop();

function compound(el: Element): string {
  const { localName } = el;
  const fixed = (name: string) => (STATIC.test(attr(el, name)) ? attr(el, name) : "");
  const tag = /^[a-z-]+[1-6]?$/.test(localName) ? localName : "*";
  const id = fixed("id");
  if (id) return `${tag}#${id}`;
  const names = attr(el, "class").split(/\s+/);
  const classes = names.filter((name) => STATIC.test(name) && !STATE.test(name)).slice(0, 2);
  const test = fixed("data-testid");
  const role = fixed("role");
  // `type` as the browser understands it: one of a list, whatever the attribute says.
  const type = /^(input|button)$/.test(tag) ? (el as HTMLInputElement).type : "";
  const alike = [...(el.parentNode?.children || [])].filter(
    (other) => other.localName === localName,
  );
  return (
    [tag, ...classes].join(".") +
    (role && `[role="${role}"]`) +
    (type && `[type="${type}"]`) +
    (test ? `[data-testid="${test}"]` : alike[1] ? `:nth-of-type(${alike.indexOf(el) + 1})` : "")
  );
}

/** An element keeps its first selector, so that a class that comes and goes changes nothing. */
const known = new WeakMap<Element, string>();

/** At most 5 compounds, cut at the nearest static id. */
export function selector(el: Element): string {
  let text = known.get(el);
  if (text) return text;
  text = compound(el);
  let at: Node | null = el;
  for (let depth = 1; depth < 5 && !/^[^ >]*#/.test(text); depth++) {
    at = at.parentNode;
    if (at instanceof ShadowRoot) at = at.host;
    if (!(at instanceof Element) || is(at, "html,body")) break;
    const longer: string = `${compound(at)} > ${text}`;
    if (longer.length > 256) break;
    text = longer;
  }
  known.set(el, text);
  return text;
}

/** The fields of a signal that concerns `el`. */
export const describe = (el: Element): { target: string; name?: string } => ({
  target: selector(el),
  name: attr(el, "data-flowback-name").slice(0, 64) || undefined,
});
