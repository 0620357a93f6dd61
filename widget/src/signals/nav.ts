/**
 * Views: page loads, routes inside a page, going back, leaving. `history` is not
 * patched: the Navigation API tells, or `popstate` and a comparison of the address.
 */
import type { Flow } from "../flow";
import { pageOf } from "../page";
import { now } from "../safe";
import type { Nav } from "../types.gen";

/** What the tab remembers from page to page, after the grant. */
interface Trail {
  /** The last page, and how it was left. */
  page: string;
  stayed: number;
  interacted: boolean;
  /** Pages that lie ahead after going back: coming to one of them is going forward. */
  ahead: string[];
}

export function views(flow: Flow): void {
  const { tab, delivery } = flow;
  let href = location.href;
  let hidden = document.visibilityState === "hidden" ? now() : 0;
  let left = false;

  const leave = () => {
    if (left) return;
    left = true;
    const { depth, interacted } = flow;
    // Time out of sight is no stay.
    const stayed = Math.round((hidden || now()) - flow.since);
    flow.emit({ action: "leave", stayed, depth });
    tab.set("trail", { ...tab.get<Trail>("trail"), stayed, interacted });
  };

  const enter = (how: Nav["how"], referrer?: string) => {
    flow.emit({ action: "nav", how, referrer });
    const { page } = flow;
    const { page: origin, stayed = 0, interacted, ahead: known } = tab.get<Trail>("trail");
    let ahead = Array.isArray(known) ? known : [];
    if (origin && origin !== page) {
      const at = ahead.lastIndexOf(page);
      if (how !== "traverse") ahead = [];
      else if (at < 0) {
        flow.emit({ action: "backtrack", origin, stayed, interacted: !!interacted });
        ahead = [...ahead, origin].slice(-20);
      } else ahead = ahead.slice(0, at);
    }
    tab.set("trail", { page, ahead });
    flow.tell({ what: "view" });
    // A view soon shows at the edge, and its answer says whether a question is allowed.
    delivery.flush(300);
  };

  const begin = (how: Nav["how"]) => {
    Object.assign(flow, { page: pageOf(href), since: now(), depth: 0, interacted: false });
    flow.view++;
    left = false;
    enter(how);
  };

  const route = (how: Nav["how"]) => {
    if (href === location.href) return;
    href = location.href;
    // The same page to everyone who looks at figures: no new view.
    if (pageOf(href) === flow.page) return;
    leave();
    begin(how);
  };

  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    flow.on<Event & { navigationType?: string }>(
      "currententrychange",
      ({ navigationType }) => route(navigationType === "traverse" ? "traverse" : "route"),
      navigation,
    );
  } else {
    flow.on("popstate", () => route("traverse"), window);
    flow.on("click keyup", () => setTimeout(route, 300, "route"));
  }

  const go = () => {
    leave();
    delivery.last();
  };
  flow.on("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      hidden = now();
      go();
    } else {
      if (hidden) flow.since += now() - hidden;
      hidden = 0;
      left = false;
    }
  });
  flow.on("pagehide", go, window);
  flow.on<PageTransitionEvent>(
    "pageshow",
    ({ persisted }) => persisted && begin("traverse"),
    window,
  );

  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const { host } = new URL(document.referrer || href);
  enter(
    entry?.type === "reload" ? "reload" : entry?.type === "back_forward" ? "traverse" : "load",
    host === location.host ? undefined : host,
  );
}
