import { afterEach, expect, test, vi } from "vitest";
import { get, HubProblem, HubUnreachable, questions } from "../src/api/client";

const QUERY = {
  projectId: "shop",
  from: 1,
  to: 2,
  page: "/a&b",
  device: null,
  cohort: null,
  site: null,
};

afterEach(() => vi.unstubAllGlobals());

function answerWith(body: string, status = 200): void {
  vi.stubGlobal("fetch", async () => new Response(body, { status }));
}

test("a filter that is not set is not sent, and a page is escaped", () => {
  expect(questions.overview(QUERY).path).toBe(
    "/api/overview?projectId=shop&from=1&to=2&page=%2Fa%26b",
  );
});

test("a session id cannot leave its place in the address", () => {
  expect(questions.session("../projects?x", "shop").path).toBe(
    "/api/sessions/..%2Fprojects%3Fx?projectId=shop",
  );
});

test("a refusal tells the hub's reason", async () => {
  answerWith(JSON.stringify({ title: "Bad", status: 400, detail: "from is wrong" }), 400);
  await expect(get(questions.projects())).rejects.toThrow("from is wrong");
  await expect(get(questions.projects())).rejects.toBeInstanceOf(HubProblem);
});

test("a refusal that is no problem document still has its status", async () => {
  answerWith("<html>", 502);
  await expect(get(questions.projects())).rejects.toMatchObject({ status: 502 });
});

test("a hub that is gone is told apart from one that refuses", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("network");
  });
  await expect(get(questions.projects())).rejects.toBeInstanceOf(HubUnreachable);
});
