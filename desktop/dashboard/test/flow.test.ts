import { expect, test } from "vitest";
import type { JourneyLink, JourneyNode } from "../src/api/types.gen";
import { columnsOf, layout, MOST_LINKS, MOST_NODES } from "../src/charts/flow";

const node = (page: string, sessions: number): JourneyNode => ({
  page,
  sessions,
  hidden: null,
  score: 0.1,
});
const link = (source: string, target: string, sessions: number, back = false) =>
  ({ source, target, sessions, back, hidden: null }) satisfies JourneyLink;

const PAGES = Array.from({ length: 100 }, (_, index) => `/${String(index)}`);
const many = {
  nodes: PAGES.map((page, index) => node(page, 10_000 - index * 90)),
  links: PAGES.flatMap((source, from) =>
    PAGES.slice(0, 30).map((target, to) => link(source, target, 1 + ((from * 31 + to * 17) % 900))),
  ),
};

test("with 100 pages at most 12 and 24 ways are drawn, and the rest is counted", () => {
  const flow = layout(many.nodes, many.links, 1100);
  expect(flow.nodes).toHaveLength(MOST_NODES);
  expect(flow.links.length).toBeLessThanOrEqual(MOST_LINKS);
  expect(flow.folded).toBe(88);
  expect(flow.weak).toBeGreaterThan(0);
});

test("no way under 1 % is drawn and none from a page to itself", () => {
  const flow = layout(
    [node("/", 1000), node("/a", 500)],
    [link("/", "/a", 9), link("/a", "/a", 400), link("/a", "/", 10)],
    900,
  );
  expect(flow.links.map(({ source, target }) => [source.page, target.page])).toEqual([["/a", "/"]]);
});

test("what is hidden is never drawn", () => {
  const hidden: JourneyLink = {
    source: "/",
    target: "/a",
    sessions: null,
    hidden: "few",
    back: false,
  };
  const flow = layout(
    [node("/", 100), { ...node("/b", 0), hidden: "few", sessions: null }],
    [hidden],
    900,
  );
  expect(flow.nodes.map(({ page }) => page)).toEqual(["/"]);
  expect(flow.links).toEqual([]);
});

test("a page in focus is drawn with its six strongest neighbours", () => {
  const flow = layout(many.nodes, many.links, 1100, "/3");
  expect(flow.nodes).toHaveLength(7);
  expect(flow.nodes.some(({ page }) => page === "/3")).toBe(true);
});

test("columns follow the longest way forward, also where pages form a circle", () => {
  const pages = new Set(["/", "/a", "/b", "/c"]);
  const links = [
    link("/", "/a", 9),
    link("/", "/b", 8),
    link("/a", "/b", 7),
    link("/b", "/c", 6),
    link("/c", "/", 1),
  ];
  expect(Object.fromEntries(columnsOf(pages, links))).toEqual({
    "/": 0,
    "/a": 1,
    "/b": 2,
    "/c": 3,
  });
});

test("nodes of a column keep room for their labels", () => {
  for (const width of [320, 900, 1700]) {
    const { nodes } = layout(many.nodes, many.links, width);
    for (const one of nodes) {
      const below = nodes.filter(({ column, y }) => column === one.column && y > one.y);
      for (const other of below) expect(other.y - (one.y + one.height)).toBeGreaterThanOrEqual(30);
    }
  }
});

test("no page at all is an empty picture", () => {
  const flow = layout([], [], 900);
  expect(flow.nodes).toEqual([]);
  expect(Number.isFinite(flow.height)).toBe(true);
});
