/** The page as path and allowed query parameters; ids in it become placeholders. The edge scrubs again. */

/** Query parameters that say where one is and never who one is. */
const ALLOWED = /^(page|sort|order|lang|tab|view|utm_(source|medium|campaign))$/;
/** Behind one of these a segment names a person, unless it is a word of the site's own. */
const PEOPLE =
  /^(u|user|patient|customer|member|account|profile|person|people|client|employee|contact|guest|student|author)s?$/i;
const ROUTES =
  /^(account|all|create|dashboard|delete|edit|help|history|home|index|list|login|logout|me|new|orders|overview|password|profile|register|search|security|settings|signup)$/i;

/** Returns one segment of a path, or its placeholder; `before` is the segment before it. */
function segment(text: string, before = ""): string {
  text = text.replace(/;.*/, "");
  try {
    // Encoded twice, an address is still an address.
    for (let round = 0; round < 3; round++) text = decodeURIComponent(text);
  } catch {
    // A percent sign that means itself.
  }
  text = text.normalize("NFKC");
  return /@/.test(text)
    ? "[email]"
    : /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
      ? "[uuid]"
      : /^ey.*\.|.{50}/.test(text)
        ? "[token]"
        : /\d.*\d|[\s/?#\\]/.test(text) || (text && PEOPLE.test(before) && !ROUTES.test(text))
          ? "[id]"
          : encodeURI(text);
}

/** Returns the scrubbed path of `href`: no fragment, no user info, no free parameters. */
export function pageOf(href: string): string {
  const { protocol, pathname, searchParams } = new URL(href);
  if (!/^http/.test(protocol)) return `${protocol}[dropped]`;
  const path = pathname.split("/").map((part, i, all) => segment(part, all[i - 1]));
  const query = [...searchParams]
    // Short words and small numbers only: what looks like an address or an id is dropped.
    .filter(([name, value]) => ALLOWED.test(name) && /^(?!.*\d{4})[\w-]{1,40}$/.test(value))
    .map((pair) => pair.join("="));
  return (path.join("/") + (query[0] ? `?${query.join("&")}` : "")).slice(0, 2048);
}
