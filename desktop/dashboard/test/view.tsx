/** Draws a component as it stands in a page: with a project, a place and English. */

import type { ReactNode } from "react";
import type { Project } from "../src/api/types.gen";
import { createFormat } from "../src/lib/format";
import { parsePlace } from "../src/lib/place";
import { earlierQueryOf, queryOf, spanOf, type View, ViewContext } from "../src/state/view";

export const PROJECT: Project = {
  id: "shop",
  name: "Shop",
  demo: false,
  k: 10,
  consent: "ask",
  timeZone: "UTC",
};
export const NOW = Date.UTC(2025, 8, 30, 12);

export function viewAt(hash: string): View {
  const place = parsePlace(hash);
  const span = spanOf(place.filters, NOW);
  return {
    place,
    projects: [PROJECT],
    project: PROJECT,
    format: createFormat("en", "UTC"),
    span,
    query: queryOf(place.filters, PROJECT.id, span),
    earlier: earlierQueryOf(place.filters, PROJECT.id, span),
    now: NOW,
  };
}

export function At({ hash, children }: { hash: string; children: ReactNode }) {
  return <ViewContext value={viewAt(hash)}>{children}</ViewContext>;
}
