/**
 * The one file that talks to the hub. Nothing else calls `fetch` or opens a stream.
 *
 * A question is an address and the type of its answer; asking it twice is free of
 * meaning, so answers are kept by their address (see `state/answers.ts`).
 */

import type {
  Agents,
  Change,
  Edges,
  Evidence,
  Hotspots,
  Insight,
  InsightRun,
  Insights,
  Journeys,
  Overview,
  Problem,
  Projects,
  Report,
  Sentiment,
  Session,
  SignedReport,
} from "./types.gen";

/** The filters as the hub's routes take them; ms since 1970. */
export interface Query {
  projectId: string;
  from: number;
  to: number;
  page: string | null;
  device: string | null;
  cohort: string | null;
  site: string | null;
}

declare const answer: unique symbol;
/** A question to the hub, with the type of what it answers. */
export interface Ask<T> {
  path: string;
  readonly [answer]?: T;
}

/** The hub answered, and said no: RFC 9457. */
export class HubProblem extends Error {
  readonly status: number;
  readonly title: string;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.title = problem.title;
  }
}

/** The hub did not answer at all. */
export class HubUnreachable extends Error {}

function ask<T>(path: string, query: object = {}): Ask<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return { path: text ? `${path}?${text}` : path };
}

/** Every question the dashboard asks, by its route. */
export const questions = {
  projects: () => ask<Projects>("/api/projects"),
  overview: (query: Query) => ask<Overview>("/api/overview", query),
  hotspots: (query: Query, by: "page" | "element", cursor: string | null = null) =>
    ask<Hotspots>("/api/hotspots", { ...query, by, cursor }),
  sentiment: (query: Query) => ask<Sentiment>("/api/sentiment", query),
  evidence: (query: Query, cursor: string | null = null) =>
    ask<Evidence>("/api/evidence", { ...query, cursor }),
  journeys: (query: Query) => ask<Journeys>("/api/journeys", query),
  insights: (query: Query) => ask<Insights>("/api/insights", query),
  edges: (query: Pick<Query, "projectId">) =>
    ask<Edges>("/api/edges", { projectId: query.projectId }),
  agents: (query: Pick<Query, "projectId">) =>
    ask<Agents>("/api/agents", { projectId: query.projectId }),
  privacy: (query: Pick<Query, "from" | "to">) =>
    ask<Report>("/api/privacy", { from: query.from, to: query.to }),
  session: (id: string, projectId: string) =>
    ask<Session>(`/api/sessions/${encodeURIComponent(id)}`, { projectId }),
};

async function problemOf(response: Response): Promise<HubProblem> {
  const fallback: Problem = {
    type: "about:blank",
    title: response.statusText || "Error",
    status: response.status,
    detail: "",
  };
  try {
    const told = (await response.json()) as Partial<Problem>;
    return new HubProblem({
      ...fallback,
      ...(typeof told.title === "string" && { title: told.title }),
      ...(typeof told.detail === "string" && { detail: told.detail }),
    });
  } catch {
    return new HubProblem(fallback);
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new HubUnreachable("The hub does not answer.");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The answer to a question. Raises HubProblem, HubUnreachable or an AbortError. */
export async function get<T>(question: Ask<T>, signal: AbortSignal | null = null): Promise<T> {
  const response = await send(question.path, { headers: { Accept: "application/json" }, signal });
  return (await response.json()) as T;
}

/** The same rows as a file. */
export async function getCsv(question: Ask<unknown>): Promise<Blob> {
  return (await send(question.path, { headers: { Accept: "text/csv" } })).blob();
}

async function post<T>(path: string, body: object): Promise<T> {
  const response = await send(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

/** Asks for an insight run of one project and waits until it is over. */
export function runInsights(projectId: string): Promise<InsightRun> {
  return post(`/api/insights/run?projectId=${encodeURIComponent(projectId)}`, { projectId });
}

/** Lets the hub make and sign the report for an auditor; ms since 1970, `end` exclusive. */
export function makeReport(start: number, end: number): Promise<SignedReport> {
  return post("/api/reports/compliance", { start, end });
}

/** Records what a person decided about an insight. */
export function decide(id: string, decision: Insight["decision"], projectId: string) {
  const search = new URLSearchParams({ projectId });
  return post<unknown>(`/api/insights/${encodeURIComponent(id)}/decision?${search}`, { decision });
}

export interface Listener {
  onChange: (change: Change) => void;
  onOpen: () => void;
  onError: () => void;
}

/** Listens to what changes in a project; the browser reconnects and resumes by itself. */
export function listen(projectId: string, listener: Listener): () => void {
  const source = new EventSource(`/api/live?projectId=${encodeURIComponent(projectId)}`);
  source.addEventListener("open", listener.onOpen);
  source.addEventListener("error", listener.onError);
  source.addEventListener("change", (event) => {
    try {
      listener.onChange(JSON.parse(event.data) as Change);
    } catch {
      // A line that is not JSON says nothing; the next one will.
    }
  });
  return () => source.close();
}
