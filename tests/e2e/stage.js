/**
 * The page's side of a case: what it does by itself, at its moments in page time.
 *
 * What follows a press is armed by that press, so that an answer never comes
 * before its question, however busy the machine is.
 */
(() => {
  const inside = (root) => [
    ...root.querySelectorAll("[data-el]"),
    ...[...root.querySelectorAll("*")].flatMap((el) => (el.shadowRoot ? inside(el.shadowRoot) : [])),
  ];
  const find = (key) => inside(document).find((el) => el.dataset.el === key);
  /** The innermost element at a point, through open shadow roots. */
  const at = (x, y) => {
    let found = document.elementFromPoint(x, y);
    for (;;) {
      const inner = found?.shadowRoot?.elementFromPoint(x, y);
      if (!inner || inner === found) return found;
      found = inner;
    }
  };

  /** The point nearest to (x, y) at which `key` itself is hit; where it is no element, the point. */
  const point = (key, x, y) => {
    const el = find(key);
    if (!el || at(x, y) === el) return [x, y];
    const { left, top, right, bottom } = el.getBoundingClientRect();
    let best;
    for (let px = Math.ceil(left); px < right; px++) {
      for (let py = Math.ceil(top); py < bottom; py++) {
        const far = Math.hypot(px - x, py - y);
        if ((!best || far < best[0]) && at(px, py) === el) best = [far, px, py];
      }
    }
    if (!best) throw new Error(`nothing of ${key} can be hit`);
    return best.slice(1);
  };

  let pressed;
  let done = 0;
  const acts = {
    mutation() {
      // A component renders itself anew: the change is where the press was.
      const root = pressed?.getRootNode() || document;
      root.querySelector("output").textContent = ++done;
    },
    scroll: () => scrollBy(0, 40),
    selectionchange() {
      const words = pressed?.localName === "p" ? pressed : document.getElementById("words");
      getSelection().setBaseAndExtent(words.firstChild, 0, words.firstChild, 4 + (++done % 4));
    },
    // No tab of a headless browser is ever hidden: the event and what it says are made.
    visibilitychange() {
      const hidden = document.visibilityState === "visible";
      Object.defineProperty(document, "visibilityState", {
        configurable: true,
        get: () => (hidden ? "hidden" : "visible"),
      });
      document.dispatchEvent(new Event("visibilitychange"));
    },
    navigate: () => history.pushState(null, "", `${location.pathname}/next`),
    request: () => fetch("/answer"),
    window_open() {
      open("/blank");
      // Headless, a new window does not take the focus from the page as on a desktop.
      dispatchEvent(new Event("blur"));
    },
    media_play: () => document.querySelector("audio,video").play().catch(() => {}),
    error() {
      throw new Error("of the case");
    },
  };

  /** Does what `plan` lists: `{at, what, press, within}`, `at` in ms after `start` (of 1970). */
  const play = (start, plan) => {
    const now = () => performance.timeOrigin + performance.now() - start;
    const arm = (press) => {
      for (const { at: due, what, press: after, within } of plan) {
        if (after === press && !within) setTimeout(acts[what], Math.max(0, due - now()));
      }
    };
    let presses = 0;
    addEventListener(
      "pointerdown",
      (event) => {
        [pressed] = event.composedPath();
        arm(++presses);
      },
      true,
    );
    addEventListener(
      "click",
      ({ detail }) => {
        // A key's click has no pointer.
        if (!detail) arm(++presses);
        for (const { what, press, within } of plan) if (within && press === presses) acts[what]();
      },
      true,
    );
    arm(0);
  };

  window.stage = { find, point, play };
})();
