/** The pages, in the order of the menu: name, icon, shortcut after `g`, and what draws it. */

import { type ComponentType, lazy } from "react";
import { Overview } from "../features/overview/Overview";
import type { PageName } from "../lib/place";
import type { IconName } from "../ui/Icon";

export interface Route {
  page: PageName;
  icon: IconName;
  key: string;
  Page: ComponentType;
  /** In the menu's first part, its second, or not in it. */
  menu: "first" | "second" | "none";
  /** In the bar at the bottom of a phone. */
  bar: boolean;
}

const Hotspots = lazy(() => import("../features/hotspots/Hotspots"));
const Sentiment = lazy(() => import("../features/sentiment/Sentiment"));
const Evidence = lazy(() => import("../features/evidence/Evidence"));
const Journeys = lazy(() => import("../features/journeys/Journeys"));
const Insights = lazy(() => import("../features/insights/Insights"));
const Sites = lazy(() => import("../features/sites/Sites"));
const Privacy = lazy(() => import("../features/privacy/Privacy"));
const Session = lazy(() => import("../features/sessions/Session"));

export const ROUTES: readonly Route[] = [
  { page: "overview", icon: "overview", key: "o", Page: Overview, menu: "first", bar: true },
  { page: "hotspots", icon: "hotspots", key: "h", Page: Hotspots, menu: "first", bar: true },
  { page: "sentiment", icon: "sentiment", key: "s", Page: Sentiment, menu: "first", bar: true },
  { page: "evidence", icon: "evidence", key: "e", Page: Evidence, menu: "first", bar: false },
  { page: "journeys", icon: "journeys", key: "j", Page: Journeys, menu: "first", bar: false },
  { page: "insights", icon: "insights", key: "i", Page: Insights, menu: "first", bar: true },
  { page: "sites", icon: "sites", key: "t", Page: Sites, menu: "second", bar: false },
  { page: "privacy", icon: "privacy", key: "p", Page: Privacy, menu: "second", bar: false },
  { page: "session", icon: "session", key: "", Page: Session, menu: "none", bar: false },
];
