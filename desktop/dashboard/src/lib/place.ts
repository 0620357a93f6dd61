/**
 * Where the reader is: the page, the filters and what is opened, as an address.
 *
 * Everything lies behind the `#`: a filter can name a page or a cohort, and what
 * stands behind the `#` is in no server's log. Filters stay when the page
 * changes, what was opened on a page does not.
 */

import { isPeriod, type PeriodName } from "./period";

export const PAGES = [
  "overview",
  "hotspots",
  "sentiment",
  "evidence",
  "journeys",
  "insights",
  "sites",
  "privacy",
  "session",
] as const;
export type PageName = (typeof PAGES)[number];

/** What is asked of the hub, the same on every page. */
export interface Filters {
  project: string | null;
  period: PeriodName | null;
  from: number | null;
  to: number | null;
  page: string | null;
  device: string | null;
  cohort: string | null;
  site: string | null;
  /** Compare with the period before. */
  versus: boolean;
}

export interface Place {
  page: PageName;
  filters: Filters;
  /** What concerns one page only: the opened row, its sort, its view. */
  local: Readonly<Record<string, string>>;
}

export const NARROWING = ["page", "device", "cohort", "site"] as const;
const TEXTS = ["project", ...NARROWING] as const;
const OWN = new Set(["project", "period", "from", "to", "vs", ...NARROWING]);

function moment(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The place that a location's hash names; what it does not say has its default. */
export function parsePlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const page = PAGES.find((name) => name === path) ?? "overview";
  const asked = new URLSearchParams(query);
  const [from, to] = [moment(asked.get("from")), moment(asked.get("to"))];
  const fixed = from !== null && to !== null && from < to;
  const period = asked.get("period");
  const filters: Filters = {
    project: null,
    period: !fixed && isPeriod(period) ? period : null,
    from: fixed ? from : null,
    to: fixed ? to : null,
    page: null,
    device: null,
    cohort: null,
    site: null,
    versus: asked.get("vs") !== "none",
  };
  for (const name of TEXTS) filters[name] = asked.get(name) || null;
  const local: Record<string, string> = {};
  for (const [name, value] of asked) if (!OWN.has(name) && value) local[name] = value;
  return { page, filters, local };
}

/** The address of a place; defaults are left out, so that it stays short. */
export function addressOf({ page, filters, local }: Place): string {
  const query = new URLSearchParams();
  if (filters.project) query.set("project", filters.project);
  if (filters.period) query.set("period", filters.period);
  if (filters.from !== null && filters.to !== null) {
    query.set("from", String(filters.from));
    query.set("to", String(filters.to));
  }
  for (const name of NARROWING) if (filters[name]) query.set(name, filters[name]);
  if (!filters.versus) query.set("vs", "none");
  for (const [name, value] of Object.entries(local)) if (value) query.set(name, value);
  const text = query.toString();
  return `#/${page}${text ? `?${text}` : ""}`;
}

/** Another page with the same filters. */
export function elsewhere(place: Place, page: PageName, local: Place["local"] = {}): Place {
  return { page, filters: place.filters, local };
}

/** The same page with other filters; a cursor or an opened row would not fit them. */
export function refiltered(place: Place, filters: Partial<Filters>): Place {
  const { view, by, sort } = place.local;
  const kept = Object.entries({ view, by, sort }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return {
    page: place.page,
    filters: { ...place.filters, ...filters },
    local: Object.fromEntries(kept),
  };
}

/** The same page with something opened, closed or sorted; null removes. */
export function adjusted(place: Place, changes: Record<string, string | null>): Place {
  const local: Record<string, string> = { ...place.local };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete local[name];
    else local[name] = value;
  }
  return { ...place, local };
}

/** Another project: what names pages, cohorts and sites of the one before is left behind. */
export function projectPlace(place: Place, project: string): Place {
  const filters = { ...place.filters, project, page: null, cohort: null, site: null };
  return { page: place.page, filters, local: {} };
}

/** How many filters narrow what is shown. */
export function narrowedBy(filters: Filters): number {
  return NARROWING.filter((name) => filters[name] !== null).length;
}
