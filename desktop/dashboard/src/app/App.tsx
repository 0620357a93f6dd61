/** The application: finds the project, follows it live, and shows the page that the address names. */

import { lazy, Suspense, use, useEffect, useMemo, useRef } from "react";
import { questions } from "../api/client";
import { createFormat } from "../lib/format";
import type { PageName } from "../lib/place";
import { probe, refresh, useAnswer } from "../state/answers";
import { onRetry } from "../state/connection";
import { follow } from "../state/live";
import { usePlace } from "../state/place";
import {
  earlierQueryOf,
  queryOf,
  spanOf,
  useNow,
  useView,
  type View,
  ViewContext,
} from "../state/view";
import { SpeechContext, useText } from "../text";
import { Failed } from "../ui/States";
import { Boundary } from "./Boundary";
import { FilterBar } from "./FilterBar";
import { Frame } from "./Frame";
import { ROUTES } from "./routes";
import { useKeys } from "./useKeys";

const Guide = lazy(() => import("../features/firstrun/Guide"));

onRetry(() => {
  void probe().then((up) => {
    if (up) void refresh(true);
  });
});

export function App() {
  const place = usePlace();
  const now = useNow();
  const { locale } = use(SpeechContext);
  const answer = useAnswer(questions.projects());
  const projects = answer.data?.rows;
  const project = projects?.find(({ id }) => id === place.filters.project) ?? projects?.[0];
  const zone = project?.timeZone ?? "UTC";
  const format = useMemo(() => createFormat(locale, zone), [locale, zone]);

  const view = useMemo<View | null>(() => {
    if (!project || !projects) return null;
    const span = spanOf(place.filters, now);
    return {
      place,
      projects,
      project,
      format,
      span,
      query: queryOf(place.filters, project.id, span),
      earlier: earlierQueryOf(place.filters, project.id, span),
      now,
    };
  }, [place, projects, project, format, now]);

  const projectId = project?.id;
  useEffect(() => (projectId ? follow(projectId) : undefined), [projectId]);

  if (answer.error && !projects) {
    return (
      <main className="alone">
        <Failed error={answer.error} retry={answer.retry} />
      </main>
    );
  }
  if (!projects) return null;
  if (!view) {
    return (
      <main className="alone">
        <Suspense fallback={null}>
          <Guide project={null} />
        </Suspense>
      </main>
    );
  }
  return (
    <ViewContext value={view}>
      <Shell />
    </ViewContext>
  );
}

/** Pages that are about the machines, not about what visitors did. */
const UNFILTERED: ReadonlySet<PageName> = new Set<PageName>(["sites", "privacy", "session"]);

function Shell() {
  const text = useText();
  const { place, project, query } = useView();
  useKeys();
  const overview = useAnswer(questions.overview(query));
  const main = useRef<HTMLElement>(null);
  const { page } = place;
  const shown = useRef(page);

  useEffect(() => {
    document.title = `${text.pages[page]} · ${project.name} · ${text.app}`;
    if (shown.current === page) return;
    shown.current = page;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [page, project.name, text]);

  const fresh = overview.data !== null && overview.data.dataUntil === null;
  const guided = fresh && !UNFILTERED.has(page);
  const route = ROUTES.find((one) => one.page === page);
  return (
    <Frame dataUntil={overview.data?.dataUntil ?? null}>
      {!guided && !UNFILTERED.has(page) && <FilterBar />}
      <main id="main" ref={main} tabIndex={-1} data-page={page}>
        <Boundary key={page}>
          <Suspense fallback={<div className="waiting" />}>
            {guided ? <Guide project={project} /> : route && <route.Page />}
          </Suspense>
        </Boundary>
      </main>
    </Frame>
  );
}
