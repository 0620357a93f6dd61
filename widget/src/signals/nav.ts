/**
 * Views: page loads, routes inside a page, going back, leaving. `history` is not
 * patched: the Navigation API tells, or `popstate` and a comparison of the address.
 */
import { flush, last } from "../delivery";
import { emit, ended, here, on, show } from "../flow";
import { pageOf } from "../page";
import { later, now, round } from "../safe";
import { read, write } from "../storage";
import type { Nav } from "../types.gen";

/** What the tab remembers from page to page, after the grant. */
interface Trail {
  /** The last page, ms since 1970 of its coming, and how it was left. */
  page: string;
  at: number;
  stayed: number;
  interacted: boolean;
  /** Pages that lie ahead after going back: coming to one of them is going forward. */
  ahead: string[];
}

export function views(): void {
  let { href } = location;
  const isHidden = () => document.visibilityState === "hidden";
  let hidden = isHidden() ? now() : 0;
  let left = false;

  const enter = (how: Nav["how"], referrer?: string) => {
    emit({ action: "nav", how, referrer });
    const { page } = here;
    const {
      page: origin,
      at = Date.now(),
      // A page that comes from the browser's cache may be shown before the other one has left.
      stayed = Date.now() - at,
      interacted = true,
      ahead: known,
    } = read<Trail>("trail");
    let ahead = [known || []].flat();
    if (origin && origin !== page) {
      const at = ahead.lastIndexOf(page);
      if (how !== "traverse") ahead = [];
      else if (at < 0) {
        emit({ action: "backtrack", origin, stayed, interacted });
        ahead = [...ahead, origin].slice(-20);
      } else ahead = ahead.slice(0, at);
    }
    write("trail", { page, ahead, at: Date.now() });
    // A view soon shows at the edge, and its answer says whether a question is allowed.
    flush(300);
  };

  const leave = () => {
    if (left) return;
    left = true;
    // Time out of sight is no stay.
    const stayed = round((hidden || now()) - here._since);
    emit({ action: "leave", stayed, depth: here._depth });
    write("trail", { ...read("trail"), stayed, interacted: here._acted });
  };

  const begin = (how: Nav["how"]) => {
    show(href);
    left = false;
    enter(how);
  };

  const route = (how: Nav["how"]) => {
    // Looked for after a click, it may come after the consent has ended.
    if (ended.aborted || href === location.href) return;
    href = location.href;
    // The same page to everyone who looks at figures: no new view.
    if (pageOf(href) === here.page) return;
    leave();
    begin(how);
  };

  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    on<Event & { navigationType?: string }>(
      "currententrychange",
      ({ navigationType }) => route(navigationType === "traverse" ? navigationType : "route"),
      navigation,
    );
  } else {
    on("popstate", () => route("traverse"));
    on("click keyup", () => later(300, () => route("route")));
  }

  const go = () => {
    leave();
    last();
  };
  on("visibilitychange", () => {
    if (isHidden()) {
      hidden = now();
      go();
    } else {
      if (hidden) here._since += now() - hidden;
      hidden = 0;
      left = false;
    }
  });
  on("pagehide", go);
  on<PageTransitionEvent>("pageshow", ({ persisted }) => persisted && begin("traverse"));

  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const { host } = new URL(document.referrer || href);
  const type = here._back ? "back_forward" : `${entry?.type}`;
  const how = { reload: "reload", back_forward: "traverse" }[type] || "load";
  enter(how as Nav["how"], host === location.host ? undefined : host);
}
