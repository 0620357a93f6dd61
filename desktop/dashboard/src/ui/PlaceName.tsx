/** A place by name, with its route and selector beneath; selectors are cut in the middle. */

import type { Hotspot } from "../api/types.gen";
import { middle } from "../lib/format";
import { keyOf, nameOf, whereOf } from "../lib/places";
import { Link } from "./Link";

export function PlaceName({ place, link = true }: { place: Hotspot; link?: boolean }) {
  const name = nameOf(place);
  const where = whereOf(place);
  const route = place.name === null;
  const shown = <span className={route ? "route" : "given"}>{middle(name, 40)}</span>;
  const by = place.target === null ? {} : { by: "element" };
  return (
    <span className="place">
      {link ? (
        <Link to="hotspots" local={{ ...by, open: keyOf(place) }} title={name}>
          {shown}
        </Link>
      ) : (
        <span title={name}>{shown}</span>
      )}
      {where && (
        <code className="where" title={where}>
          {middle(where, 46)}
        </code>
      )}
    </span>
  );
}
