/** Links between pages keep the filters: a plain anchor with the address of the place. */

import type { ReactNode } from "react";
import { addressOf, elsewhere, type Filters, type PageName, type Place } from "../lib/place";
import { useView } from "../state/view";

interface Props {
  to: PageName;
  local?: Place["local"];
  filters?: Partial<Filters>;
  className?: string;
  title?: string;
  children: ReactNode;
}

export function Link({ to, local, filters, className, title, children }: Props) {
  const { place } = useView();
  const target = elsewhere({ ...place, filters: { ...place.filters, ...filters } }, to, local);
  return (
    <a href={addressOf(target)} className={className} title={title}>
      {children}
    </a>
  );
}

/** A page of the site as a link to its hotspot. */
export function RouteLink({ page, className = "route" }: { page: string; className?: string }) {
  return (
    <Link to="hotspots" local={{ open: page }} className={className} title={page}>
      {page}
    </Link>
  );
}
