/**
 * What the page does after a pointerdown: the first moment of each kind, watched for
 * `watchMs`. Nothing of the page is patched; `fetch`, XHR and `history` stay its own.
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

  // The widget's own coming and going is no reaction of the page.
  const others = (node: Node) => node.nodeName.toLowerCase() !== HOST;
  const changes = new MutationObserver((records) => {
    const foreign = ({ target, type, addedNodes, removedNodes }: MutationRecord) =>
      type === "childList" ? [...addedNodes, ...removedNodes].some(others) : others(target);
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

  const reacts = (
    types: string,
    kind: keyof Seen,
    target?: EventTarget,
    excused: (event: Navigating) => unknown = ours,
  ) => on<Navigating>(types, (event) => excused(event) || mark(kind, event.timeStamp), target);
  reacts("scroll", "scroll");
  // A click that only places the caret selects nothing.
  reacts("selectionchange", "selection", document, () => (getSelection() as Selection).isCollapsed);
  reacts("play pause volumechange seeking", "media");
  reacts("toggle beforetoggle close cancel beforeprint", "dialog", window);
  reacts("hashchange popstate pagehide", "nav", window);
  // A box that is ticked or a choice that is made changes the page without a mutation.
  reacts("input change", "dom");
  // Going back is the visitor's doing, not the page's answer.
  const { navigation } = window as { navigation?: EventTarget };
  reacts("navigate", "nav", navigation, (event) => event.navigationType === "traverse");

  on(
    "focus blur visibilitychange",
    ({ target }) => {
      // An element's focus is not the window's.
      if (target !== window && target !== document) return;
      lastFocus = now();
      mark("focus", lastFocus);
    },
    window,
  );
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
    setTimeout(end, flow.config.watchMs, watch);
    return watch;
  };
}
