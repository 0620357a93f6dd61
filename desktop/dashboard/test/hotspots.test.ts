import { expect, test } from "vitest";
import type { Hotspot, Precision } from "../src/api/types.gen";
import { sorted } from "../src/features/hotspots/columns";

function row(page: string, value: number | null, hidden: Hotspot["hidden"] = null): Hotspot {
  const precision: Precision | null =
    value === null ? null : { value, low: 0, high: 1, verdicts: 20, confirmed: 1, weight: 1 };
  return {
    page,
    target: null,
    name: null,
    hidden,
    sessions: 20,
    score: null,
    sessionScore: null,
    signals: {},
    contributions: {},
    reactions: {},
    precision,
    precisions: {},
  };
}

test("sorted by precision, what nobody judged comes behind what was wrong each time", () => {
  const rows = [row("/unjudged", null), row("/wrong", 0), row("/right", 1), row("/x", 1, "few")];
  expect(sorted(rows, "precision").map(({ page }) => page)).toEqual([
    "/right",
    "/wrong",
    "/unjudged",
    "/x",
  ]);
});
