/** What every page needs to know: where the reader is, which project, which rows to ask for. */

import { createContext, useContext, useEffect, useState } from "react";
import type { Query } from "../api/client";
import type { Project } from "../api/types.gen";
import type { Format } from "../lib/format";
import { before, DEFAULT_PERIOD, rolling, type Span } from "../lib/period";
import type { Filters, Place } from "../lib/place";

export interface View {
  place: Place;
  projects: Project[];
  project: Project;
  format: Format;
  span: Span;
  query: Query;
  /** The same question about the period before; null when it is not compared. */
  earlier: Query | null;
  now: number;
}

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("useView stands outside of a view");
  return view;
}

/** The span that the filters name. */
export function spanOf(filters: Filters, now: number): Span {
  if (filters.from !== null && filters.to !== null) return { from: filters.from, to: filters.to };
  return rolling(filters.period ?? DEFAULT_PERIOD, now);
}

export function queryOf(filters: Filters, projectId: string, span: Span): Query {
  const { page, device, cohort, site } = filters;
  return { projectId, ...span, page, device, cohort, site };
}

export function earlierQueryOf(filters: Filters, projectId: string, span: Span): Query | null {
  return filters.versus ? queryOf(filters, projectId, before(span)) : null;
}

/** The time, a minute exact: what is "now" on the page moves with it. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
