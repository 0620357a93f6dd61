/**
 * What the page does after a pointerdown: the first moment of each kind, watched
 * for 3 s. Nothing of the page is patched; `fetch`, XHR and `history` stay its own.
 */
import type { Flow, Place } from "../flow";
import { now } from "../safe";
import { HOST, ours } from "../target";
import type { Reaction } from "../types.gen";

type Navigating = Event & { navigationType?: string };
type Seen = Omit<Reaction, "action" | "of" | "watched">;

export interface Watch {
  /** Monotonic ms of the pointerdown. */
  _from: number;
  _seen: Seen;
  /** n of its click, once it has happened. */
  _n?: number;
  _element?: Element;
  _where: Place;
}

const WATCHED = 3_000;
/** The window's focus may have changed shortly before the click that it explains. */
const FOCUS_BEFORE = 1_000;
/** Requests that a click can cause, by `initiatorType` (Resource Timing). */
const REQUESTS = /^(fetch|xmlhttprequest|beacon|script|iframe)$/;

/** Returns how to open a watch at a pointerdown. */
export function watchReactions(flow: Flow): (event: Event) => Watch {
  const { signal, on } = flow;
  const open = new Set<Watch>();
  let lastFocus = -FOCUS_BEFORE;

  const mark = (kind: keyof Seen, at = now()) => {
    for (const { _from, _seen } of open) {
      if (at >= _from) _seen[kind] ??= Math.round(at - _from);
    }
  };

  const shown = (nodes: NodeList) =>
    [...nodes].some((node) => node.nodeName.toLowerCase() !== HOST);
  const changes = new MutationObserver((records) => {
    // The widget's own coming and going is no reaction of the page.
    const foreign = ({ target, type, addedNodes, removedNodes }: MutationRecord) =>
      type === "childList"
        ? shown(addedNodes) || shown(removedNodes)
        : target.nodeName.toLowerCase() !== HOST;
    if (records.some(foreign)) mark("dom");
    rest();
  });

  /** Watching the whole document costs: it ends as soon as all that is open has its answer. */
  const rest = () => {
    if ([...open].every(({ _seen }) => _seen.dom !== undefined)) changes.disconnect();
  };

  const end = (watch: Watch) => {
    if (!open.delete(watch)) return;
    rest();
    const { _n, _from, _seen, _element: element, _where } = watch;
    if (_n === undefined) return;
    const row: Reaction = {
      action: "reaction",
      of: _n,
      watched: Math.round(now() - _from),
      ..._seen,
    };
    flow.tell({ what: "reaction", n: flow.emit(row, now(), _where), signal: row, element });
  };

  const reacts = (types: string, kind: keyof Seen, target?: EventTarget) =>
    on(types, (event) => ours(event) || mark(kind, event.timeStamp), target);
  reacts("scroll", "scroll");
  reacts("selectionchange", "selection");
  reacts("play pause volumechange seeking", "media");
  reacts("toggle beforetoggle close cancel", "dialog");
  // A box that is ticked or a choice that is made changes the page without a mutation.
  reacts("input change", "dom");
  reacts("hashchange popstate pagehide", "nav", window);
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) {
    // Going back is the visitor's doing, not the page's answer.
    on(
      "navigate",
      (event) =>
        (event as Navigating).navigationType === "traverse" || mark("nav", event.timeStamp),
      navigation,
    );
  }

  const focus = (event: Event) => {
    if (event.target !== window && event.type !== "visibilitychange") return;
    lastFocus = now();
    mark("focus");
  };
  on("focus blur", focus, window);
  on("visibilitychange", focus);
  on("pagehide", () => open.forEach(end), window);

  const requests = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      const { initiatorType, name, startTime, responseEnd } = entry;
      if (!REQUESTS.test(initiatorType) || name.startsWith(flow.config.apiUrl)) continue;
      for (const { _from, _seen } of open) {
        if (startTime < _from) continue;
        _seen.request ??= Math.round(startTime - _from);
        _seen.requestEnd ??= Math.round(responseEnd - _from);
      }
    }
  });
  requests.observe({ type: "resource" });

  signal.addEventListener("abort", () => {
    open.clear();
    rest();
    requests.disconnect();
  });

  return (event) => {
    const _from = event.timeStamp;
    const { page, view } = flow;
    const watch: Watch = {
      _from,
      _seen: _from - lastFocus < FOCUS_BEFORE ? { focus: 0 } : {},
      _where: { page, view },
    };
    open.add(watch);
    const what = { subtree: true, childList: true, attributes: true, characterData: true };
    for (const node of event.composedPath()) {
      if (node instanceof ShadowRoot || node === document) changes.observe(node as Node, what);
    }
    setTimeout(() => end(watch), WATCHED);
    return watch;
  };
}
