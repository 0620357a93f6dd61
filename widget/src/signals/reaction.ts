/**
 * What the page does after a pointerdown: the first moment of each kind, watched for
 * `watchMs`. Nothing of the page is patched; `fetch`, XHR and `history` stay its own.
 */
import { config } from "../config";
import { emit, ended, here, on, type Place } from "../flow";
import * as parts from "../parts";
import { later, now, round } from "../safe";
import { ours } from "../target";
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

/** Events of the page by the kind of reaction that they are. */
const KINDS: Partial<Record<keyof Seen, string>> = {
  scroll: "scroll",
  media: "play pause volumechange seeking",
  dialog: "toggle beforetoggle close cancel beforeprint",
  nav: "hashchange popstate pagehide",
  // A box that is ticked or a choice that is made changes the page without a mutation.
  dom: "input change",
};
/** Kinds that only the page makes. */
const ANSWERS = /dom|nav|media|dialog|request/;
/** Requests that a click can cause, by `initiatorType` (Resource Timing). */
const REQUESTS = /^(fetch|xmlhttprequest|beacon|script|iframe)$/;
/** The window's focus may have changed shortly before the click that it explains. */
const FOCUS_BEFORE = 1_000;
/**
 * A request tells of itself only when it ends. A click that the page has not answered
 * waits for so much longer; only then is it said to have had no answer.
 */
const LATE = 3_000;

/** Returns how to open a watch at a pointerdown. */
export function watchReactions(): (event: Event) => Watch {
  const open = new Set<Watch>();
  let lastFocus = -FOCUS_BEFORE;

  /** Marks `kind` at `at`, for what is watched while its `cause` happened. */
  const mark = (kind: keyof Seen, at: number, cause = at) => {
    for (const { _from, _seen } of open) {
      if (cause >= _from && cause <= _from + config.watchMs) _seen[kind] ??= round(at - _from);
    }
  };

  const changes = new MutationObserver((records) => {
    // The widget's own coming and going is no reaction of the page.
    const own = ({ target, addedNodes, removedNodes }: MutationRecord) =>
      [target, ...addedNodes, ...removedNodes].some((node) => ours({ target: node }));
    if (!records.every(own)) mark("dom", now());
    rest();
  });

  /** Watching the whole document costs: it ends as soon as all that is open has its answer. */
  const rest = () => {
    if ([...open].every(({ _seen }) => _seen.dom !== undefined)) changes.disconnect();
  };

  const end = (watch: Watch, late?: boolean) => {
    const { _n, _from, _seen, _element, _where } = watch;
    if (!open.has(watch)) return;
    if (_n !== undefined && !late && !ANSWERS.test(`${Object.keys(_seen)}`)) {
      parts.silent?.(_n, _element as Element);
      later(LATE, () => end(watch, true));
      return;
    }
    open.delete(watch);
    rest();
    if (_n === undefined) return;
    const watched = Math.min(config.watchMs, round(now() - _from));
    emit({ action: "reaction", of: _n, watched, ..._seen }, _element, now(), _where);
  };

  /** Marks `kind` at events of `types`; `excused` ones are not the page's doing. */
  const reacts = (
    kind: keyof Seen,
    types: string,
    excused: (event: Navigating) => unknown = ours,
    target?: EventTarget,
  ) => on<Navigating>(types, (event) => excused(event) || mark(kind, event.timeStamp), target);
  for (const kind in KINDS) reacts(kind as keyof Seen, KINDS[kind as keyof Seen] as string);
  // A click that only places the caret selects nothing.
  reacts("selection", "selectionchange", () => getSelection()?.isCollapsed);
  // Going back is the visitor's doing, not the page's answer.
  const { navigation } = window as { navigation?: EventTarget };
  reacts("nav", "navigate", (event) => event.navigationType === "traverse", navigation);

  on("focus blur visibilitychange", ({ target }) => {
    // An element's focus is not the window's.
    if (target !== window && target !== document) return;
    lastFocus = now();
    mark("focus", lastFocus);
  });
  // What the page has not answered by then stays unknown.
  on("pagehide", () => open.forEach((watch) => void end(watch)));

  const requests = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      const { initiatorType, name, startTime, responseEnd } = entry;
      if (!REQUESTS.test(initiatorType) || name.startsWith(config.apiUrl)) continue;
      mark("request", startTime);
      mark("requestEnd", responseEnd, startTime);
    }
  });
  requests.observe({ type: "resource" });

  ended.addEventListener("abort", () => {
    open.clear();
    rest();
    requests.disconnect();
  });

  return (event) => {
    const _from = event.timeStamp;
    const watch: Watch = {
      _from,
      _seen: _from - lastFocus < FOCUS_BEFORE ? { focus: 0 } : {},
      _where: { ...here },
    };
    open.add(watch);
    const what = { subtree: true, childList: true, attributes: true, characterData: true };
    // The document and the shadow roots on the way to it.
    for (const node of event.composedPath() as Node[]) {
      if (node.nodeType > 8) changes.observe(node, what);
    }
    later(config.watchMs, () => end(watch));
    return watch;
  };
}
