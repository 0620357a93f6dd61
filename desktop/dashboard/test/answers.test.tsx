// @vitest-environment jsdom
// The state of answers, against a hub whose replies the test releases one by one.
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Ask } from "../src/api/client";
import { forgetAnswers, refresh, useAnswer } from "../src/state/answers";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

interface Figure {
  n: number;
}
const ask = (path: string): Ask<Figure> => ({ path });

let root: Root;
let asked: string[];
let release: ((body: Figure | null) => void)[];

beforeEach(() => {
  forgetAnswers();
  asked = [];
  release = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return new Promise<Response>((resolve, reject) => {
      release.push((body) => {
        if (body === null) reject(new TypeError("gone"));
        else resolve(new Response(JSON.stringify(body)));
      });
    });
  });
  document.body.innerHTML = "<div id='root'></div>";
  root = createRoot(document.getElementById("root") as HTMLElement);
});

afterEach(async () => {
  await act(async () => root.unmount());
  vi.unstubAllGlobals();
});

function Shown({ path }: { path: string }) {
  const { data, loading, error } = useAnswer(ask(path));
  return (
    <p>{`${data?.n ?? "–"} ${loading ? "loading" : "ready"} ${error ? "failed" : ""}`.trim()}</p>
  );
}

const draw = (path: string) => act(async () => root.render(<Shown path={path} />));
const reply = (body: Figure | null) => act(async () => release.shift()?.(body));
const text = () => document.querySelector("p")?.textContent;

test("the answer before stays on screen until the new one is there", async () => {
  await draw("/api/x?a=1");
  expect(text()).toBe("– loading");
  await reply({ n: 1 });
  expect(text()).toBe("1 ready");
  await draw("/api/x?a=2");
  expect(text()).toBe("1 loading");
  await reply({ n: 2 });
  expect(text()).toBe("2 ready");
});

test("another route does not inherit what the one before showed", async () => {
  await draw("/api/x?a=1");
  await reply({ n: 1 });
  await draw("/api/y?a=1");
  expect(text()).toBe("– loading");
  await reply({ n: 3 });
});

test("a refresh asks what is on screen, and only that", async () => {
  await draw("/api/x?a=1");
  await reply({ n: 1 });
  await draw("/api/x?a=2");
  await reply({ n: 2 });
  asked = [];
  const done = refresh();
  expect(asked).toEqual(["/api/x?a=2"]);
  await reply({ n: 5 });
  await act(async () => done);
  expect(text()).toBe("5 ready");
});

test("a change that comes while an answer is under way is asked for once more", async () => {
  await draw("/api/x");
  void refresh();
  void refresh();
  await reply({ n: 1 });
  await reply({ n: 2 });
  expect(asked).toHaveLength(2);
  expect(text()).toBe("2 ready");
});

test("a hub that goes away leaves the last answer in place", async () => {
  await draw("/api/x");
  await reply({ n: 1 });
  void refresh();
  await reply(null);
  expect(text()).toBe("1 ready failed");
});
