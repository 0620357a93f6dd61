/** The page as path and allowed query parameters; ids in it become placeholders. The edge scrubs again. */

/** Query parameters that say where one is and never who one is. */
const ALLOWED = /^(page|sort|order|lang|tab|view|utm_(source|medium|campaign))$/;
/** Behind one of these a segment names a person, unless it is a word of the site's own. */
const PEOPLE =
  /^(u|user|patient|customer|member|account|profile|person|people|client|employee|contact|guest|student|author)s?$/i;
const ROUTES =
  /^(account|all|create|dashboard|delete|edit|help|history|home|index|list|login|logout|me|new|orders|overview|password|profile|register|search|security|settings|signup)$/i;

function segment(text: string, before: string): string {
  let plain = text.split(";")[0] as string;
  try {
    // Encoded twice, an address is still an address.
    for (let round = 0; round < 3; round++) plain = decodeURIComponent(plain);
  } catch {
    // A percent sign that means itself.
  }
  plain = plain.normalize("NFKC");
  return plain.includes("@")
    ? "[email]"
    : /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(plain)
      ? "[uuid]"
      : /^ey.*\.|.{50}/.test(plain)
        ? "[token]"
        : /\d.*\d|[\s/?#\\]/.test(plain) || (plain && PEOPLE.test(before) && !ROUTES.test(plain))
          ? "[id]"
          : encodeURI(plain);
}

/** Returns the scrubbed path of `href`: no fragment, no user info, no free parameters. */
export function pageOf(href: string): string {
  const { protocol, pathname, searchParams } = new URL(href);
  if (!/^http/.test(protocol)) return `${protocol}[dropped]`;
  const parts = pathname.split("/");
  const path = parts.map((part, i) => segment(part, parts[i - 1] || "")).join("/");
  const query = [...searchParams]
    // Short words and small numbers only: what looks like an address or an id is dropped.
    .filter(
      ([name, value]) => ALLOWED.test(name) && /^[\w-]{1,40}$/.test(value) && !/\d{4}/.test(value),
    )
    .map((pair) => pair.join("="))
    .join("&");
  return (query ? `${path}?${query}` : path).slice(0, 2048);
}

/** Does `page` fit `pattern`, in which `*` stands for anything? Query parameters are left out. */
export const fits = (page: string, pattern = "*"): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`).test(
    page.split("?")[0] as string,
  );
