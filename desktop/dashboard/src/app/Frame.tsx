/** What stands around every page: the menu, the project, the state of the edges, the bars on top. */

import { type ReactNode, useRef } from "react";
import { questions } from "../api/client";
import type { Edge } from "../api/types.gen";
import { useAnswer } from "../state/answers";
import { useStore } from "../state/store";
import { theme, turnTheme } from "../state/theme";
import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import { Link } from "../ui/Link";
import { LiveBar, LiveSwitch, OfflineBar } from "./Bars";
import { Dialogs } from "./Dialogs";
import { openDialog } from "./dialogs";
import { Menu } from "./Menu";
import { ProjectSwitch } from "./ProjectSwitch";
import { ROUTES } from "./routes";

function Brand() {
  return (
    <div className="brand">
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d="M3 5.500h8.800a4.500 4.500 0 0 1 0 9H8.600" />
        <circle cx="4.700" cy="14.500" r="1.700" />
      </svg>
      <span className="wide">Flowback</span>
    </div>
  );
}

function ThemeButton() {
  const text = useText();
  const now = useStore(theme);
  const label = `${text.theme.label}: ${text.theme[now]}`;
  return (
    <button
      type="button"
      className="button ghost square"
      title={label}
      aria-label={label}
      onClick={turnTheme}
    >
      <Icon name="theme" />
    </button>
  );
}

function EdgesLine({ edges }: { edges: Edge[] }) {
  const text = useText();
  const { format } = useView();
  const current = edges.filter(({ state }) => state === "current").length;
  if (edges.length === 0) return null;
  return (
    <Link to="sites" className="foot-line">
      <i className={`lamp ${current === edges.length ? "" : "warn"}`} />
      <span>
        {text.sites.finding(
          format.count(current),
          text.count.edges(edges.length, format.count(edges.length)),
        )}
      </span>
    </Link>
  );
}

export function Frame({ dataUntil, children }: { dataUntil: number | null; children: ReactNode }) {
  const text = useText();
  const { place, project, query, format, now } = useView();
  const edges = useAnswer(questions.edges({ projectId: project.id })).data?.rows ?? [];
  const behind = edges.filter(({ state }) => state === "behind" || state === "away").length;
  const rising = useAnswer(questions.insights(query)).data?.alerts ?? 0;
  const skip = useRef<HTMLButtonElement>(null);
  return (
    <div className="app">
      <button
        ref={skip}
        type="button"
        className="skip"
        onClick={() => document.getElementById("main")?.focus()}
      >
        {text.skip}
      </button>
      <nav className="side" aria-label={text.mainNavigation}>
        <Brand />
        <ProjectSwitch />
        <Menu behind={behind} rising={rising} />
        <div className="foot">
          <EdgesLine edges={edges} />
          <span className="foot-line" data-testid="data-until">
            <i className={`lamp ${dataUntil === null ? "off" : ""}`} />
            <span>
              {dataUntil === null ? (
                text.live.nothing
              ) : (
                <time dateTime={new Date(dataUntil).toISOString()} title={format.full(dataUntil)}>
                  {text.live.until(format.when(dataUntil, now))}
                </time>
              )}
            </span>
          </span>
          <span className="foot-tools">
            <ThemeButton />
            <LiveSwitch />
            <button
              type="button"
              className="button ghost square"
              title={`${text.keys.title} ?`}
              aria-label={text.keys.title}
              onClick={() => openDialog("help")}
            >
              <span aria-hidden="true">?</span>
            </button>
          </span>
        </div>
      </nav>
      <div className="content">
        <OfflineBar />
        <LiveBar />
        {children}
      </div>
      <nav className="bottom" aria-label={text.shortNavigation}>
        {ROUTES.filter(({ bar }) => bar).map(({ page, icon }) => (
          <Link key={page} to={page} className={page === place.page ? "current" : ""}>
            <Icon name={icon} />
            {text.pages[page]}
          </Link>
        ))}
        <button type="button" onClick={() => openDialog("palette")}>
          <Icon name="more" />
          {text.more}
        </button>
      </nav>
      <Dialogs />
    </div>
  );
}
