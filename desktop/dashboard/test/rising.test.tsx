// @vitest-environment jsdom
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { Insight } from "../src/api/types.gen";
import { Menu } from "../src/app/Menu";
import { InsightList } from "../src/features/insights/InsightList";
import { At } from "./view";

const insight: Insight = {
  id: "69e01ed559f8b664",
  revision: 0,
  made: 0,
  kind: "comments",
  title: "Comments: save button",
  quote: "the save button does nothing",
  description: "",
  hypothesis: "",
  friction: "ux",
  trend: "rising",
  alert: true,
  sessions: 12,
  pages: ["/save"],
  recommendations: [],
  evidence: [],
  numbers: [],
  madeBy: "rules",
  level: 1,
  theme: null,
  related: [],
  named: false,
  decision: "open",
};

function menu(rising: number): string {
  return renderToStaticMarkup(
    <At hash="#/overview">
      <Menu behind={0} rising={rising} />
    </At>,
  );
}

function list(one: Partial<Insight>): string {
  return renderToStaticMarkup(
    <At hash="#/insights">
      <InsightList insights={[{ ...insight, ...one }]} chosen={null} />
    </At>,
  );
}

test("the menu says on every page how many insights are rising, and nothing where none is", () => {
  expect(menu(2)).toMatch(/role="status"[^>]*>2 rising</);
  expect(menu(0)).not.toContain("rising");
});

test("a rising one stands out in the list; one that was decided on does not", () => {
  expect(list({})).toContain('class="tag warn">rising');
  expect(list({ alert: false, decision: "dismissed" })).not.toContain("warn");
});

test("a quote is the subtitle", () => {
  expect(list({})).toContain(">the save button does nothing</q>");
  expect(list({ quote: null })).not.toContain("<q");
});
