// @vitest-environment jsdom
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { HubProblem, HubUnreachable } from "../src/api/client";
import type { Scope } from "../src/api/types.gen";
import type { Answer } from "../src/state/answers";
import { Change } from "../src/ui/Change";
import { Hidden } from "../src/ui/Hidden";
import { Region } from "../src/ui/States";
import { StepLine } from "../src/ui/Steps";
import { At } from "./view";

const scope = (sessions: number | null): Scope => ({
  projectId: "shop",
  start: 0,
  end: 1,
  k: 10,
  sessions,
});
const problem = new HubProblem({
  type: "",
  title: "Slow",
  status: 503,
  detail: "the query took over 20 s.",
});

function region(answer: Partial<Answer<Scope>>, hash = "#/overview"): string {
  const whole: Answer<Scope> = {
    data: null,
    error: null,
    loading: false,
    retry: () => {},
    ...answer,
  };
  return renderToStaticMarkup(
    <At hash={hash}>
      <Region answer={whole} scope={(data) => data}>
        {() => <p>figures</p>}
      </Region>
    </At>,
  );
}

test("figures are shown when they are there", () => {
  expect(region({ data: scope(20) })).toContain("figures");
});

test("too few sessions are said, hatched, without any figure", () => {
  const html = region({ data: scope(null) });
  expect(html).toContain("Too narrow to show");
  expect(html).toContain("hatched");
  expect(html).not.toContain("figures");
});

test("nothing found under filters offers to reset them, without filters a longer period", () => {
  expect(region({ data: scope(0) }, "#/overview?device=tablet")).toContain("Reset filters");
  expect(region({ data: scope(0) })).toContain("Show 90 days");
});

test("a refusal says its reason and offers a retry", () => {
  const html = region({ error: problem });
  expect(html).toContain("the query took over 20 s.");
  expect(html).toContain("Retry");
  expect(html).toContain('role="alert"');
});

test("a hub that is gone takes nothing off the screen", () => {
  expect(region({ data: scope(20), error: new HubUnreachable("gone") })).toContain("figures");
});

test("what is loading over an older answer says so and keeps it", () => {
  const html = region({ data: scope(20), loading: true });
  expect(html).toContain('aria-busy="true"');
  expect(html).toContain("figures");
});

test.each([
  ["few", "hidden: fewer than 10 sessions"],
  ["complement", "hidden: the rest would be fewer than 10"],
  ["unchanged", "hidden: fewer than 10 new sessions since last shown"],
] as const)("a hidden cell (%s) says why", (why, words) => {
  const html = renderToStaticMarkup(
    <At hash="#/hotspots">
      <Hidden why={why} />
    </At>,
  );
  expect(html).toContain(words);
});

const write = (value: number) => value.toFixed(2);
const moved = (value: number, low: number, high: number, more: "worse" | "better" = "worse") =>
  renderToStaticMarkup(<Change change={{ value, low, high }} write={write} more={more} />);

test("a change whose interval holds 0 has words, no arrow and no colour", () => {
  const html = moved(0.01, -0.02, 0.03);
  expect(html).toContain("no clear change");
  expect(html).not.toMatch(/▲|▼|worse|better/);
});

test("a clear change has arrow, word and interval", () => {
  expect(moved(0.09, 0.07, 0.11)).toMatch(/worse.*▲.*\+0\.09.*\+0\.07 to \+0\.11/);
  expect(moved(0.09, 0.07, 0.11, "better")).toContain('class="better"');
  expect(moved(-0.06, -0.07, -0.05)).toMatch(/better.*▼/);
});

test("text of the server stays text", () => {
  const name = "<img src=x onerror=alert(1)>";
  const html = renderToStaticMarkup(
    <At hash="#/evidence">
      <StepLine step={{ after: 0, what: "rage_click", page: "/a", target: "b", name, count: 5 }} />
    </At>,
  );
  expect(html).not.toContain("<img");
  expect(html).toContain("&lt;img");
  expect(html).toContain("again and again");
});

test("a step that the dashboard does not know is named as the hub names it", () => {
  const step = { after: 0, what: "constructor", page: "/a", target: null, name: null, count: 3 };
  const html = renderToStaticMarkup(
    <At hash="#/evidence">
      <StepLine step={step} />
    </At>,
  );
  expect(html).toContain("constructor ");
  expect(html).toContain("3 times");
});
