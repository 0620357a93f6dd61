"""
Cases of the conformance file, played by real input on their pages, side by side.

Input goes to the browser with the moment at which it is meant to happen, so that a
busy machine moves no click. What the page does by itself is in ``stage.js``.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.conformance_page import LEFT, NOBODY, TOP, Case

TOGETHER = 6
"""Cases that are played side by side; more would make each other late."""
REST_S = 1.3
"""Before a case: longer than a change of focus concerns a click."""
LATE_S = 3.0
"""After its watch, a click that was not answered waits so long for a request that is still open."""
SPARE_S = 0.3
"""After the last watch: its timer may be late."""
STAGGER_S = 0.025
"""Between the beginnings of cases that are played side by side."""
PAGE = (
    *("mutation", "scroll", "selectionchange", "visibilitychange", "navigate"),
    *("request", "window_open", "media_play", "error"),
)
"""What the page does by itself."""
ALONE = "focuschange"
"""A case with this needs the browser's focus for itself."""
MADE_BY_OTHERS = ("dblclick", "check")
"""The browser makes the one of clicks; the other is a look of a product at its own list."""
MODIFIERS = {"alt": 1, "ctrl": 2, "meta": 4, "shift": 8}
BUTTONS = {0: "left", 1: "middle", 2: "right"}


class Unplayable(AssertionError):
    """A case has an event that this player does not know. Teach it."""


@dataclass
class Scene:
    """One case on its page."""

    case: Case
    page: Any
    devtools: Any
    session: str
    watch_ms: float
    """How long the widget watches what follows a click."""
    errors: list[str]
    """What the page threw."""
    start: float = 0.0
    """Seconds since 1970."""
    last: tuple[float, float, float] = (0, 0, 0)
    """Moment and place of the latest press."""
    count: int = 0
    """Of clicks in a row at that place: double, triple."""
    points: dict[int, tuple[float, float]] = field(default_factory=dict)


def rounds(cases: Sequence[Case]) -> list[list[Case]]:
    """Return which cases are played together: of like length; who needs the focus, alone."""
    alone = [case for case in cases if _needs_focus(case)]
    rest = sorted((case for case in cases if case not in alone), key=_length)
    chunks = [rest[at : at + TOGETHER] for at in range(0, len(rest), TOGETHER)]
    return [*chunks, *([case] for case in alone)]


def _needs_focus(case: Case) -> bool:
    return any(event["type"] == ALONE for event in case["events"])


def _length(case: Case) -> float:
    return max(event["t"] for event in case["events"])


def play(scenes: Sequence[Scene]) -> None:
    """Play all *scenes* side by side and wait until the widget has seen what followed."""
    for scene in scenes:
        _prepare(scene)
    start = time.time() + REST_S
    steps: list[tuple[float, Callable[[], None]]] = []
    for place, scene in enumerate(scenes):
        scene.start = start + place * STAGGER_S
        scene.page.evaluate(
            "([start, plan]) => stage.play(start, plan)", [scene.start * 1000, _plan(scene.case)]
        )
        steps += [(scene.start + at / 1000, act) for at, act in _inputs(scene)]
    for due, act in sorted(steps, key=lambda step: step[0]):
        time.sleep(max(0.0, due - time.time()))
        act()
    for scene in scenes:
        over = scene.start + (_length(scene.case) + scene.watch_ms) / 1000 + LATE_S + SPARE_S
        time.sleep(max(0.0, over - time.time()))
        # The last of the stream: when it is stored, all is.
        assert scene.page.evaluate("flowback.signal({ subtype: 'played' })") is True
        assert set(scene.errors) <= {"of the case"}


def _prepare(scene: Scene) -> None:
    """Find where each click goes, and turn to another window where the case comes back from one."""
    for place, event in enumerate(scene.case["events"]):
        if "x" in event:
            wanted = [event.get("el", NOBODY), LEFT + event["x"], TOP + event["y"]]
            scene.points[place] = scene.page.evaluate("([...to]) => stage.point(...to)", wanted)
    if _needs_focus(scene.case):
        # Playwright tells every page that it has the focus; here the browser's own counts.
        scene.devtools.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
        scene.page.context.new_page().bring_to_front()


def _plan(case: Case) -> list[dict[str, Any]]:
    """Return what the page does, and which press each follows (0: none), for ``stage.play``."""
    downs = [e.get("pointerdown_t", e["t"]) for e in case["events"] if e["type"] == "click"]
    clicks = [e["t"] for e in case["events"] if e["type"] == "click"]
    plan = []
    for event in case["events"]:
        if event["type"] in PAGE:
            at = event["t"]
            press = sum(down <= at for down in downs)
            # Just before its click is in the page's own handler of that click.
            within = press > 0 and 0 < clicks[press - 1] - at < 1
            plan.append({"at": at, "what": event["type"], "press": press, "within": within})
    return plan


def _inputs(scene: Scene) -> Iterator[tuple[float, Callable[[], None]]]:
    """Yield what the visitor does: ms after the beginning, and how."""
    for place, event in enumerate(scene.case["events"]):
        what, at = event["type"], event["t"]
        if what == "click":
            yield from _click(scene, place, event)
        elif what == "mousemove":
            yield at, _mouse(scene, "mouseMoved", at, LEFT + event["x"], TOP + event["y"])
        elif what == "focuschange":
            yield at, scene.page.bring_to_front  # from the window before
        elif what not in (*PAGE, *MADE_BY_OTHERS):
            raise Unplayable(f"{scene.case['id']}: {what}")


def _click(
    scene: Scene, place: int, event: Mapping[str, Any]
) -> Iterator[tuple[float, Callable[[], None]]]:
    at = event["t"]
    if event.get("detail") == 0:
        yield at, _enter(scene, event.get("el", NOBODY), at)
        return
    x, y = scene.points[place]
    down = event.get("pointerdown_t", at)
    then, before_x, before_y = scene.last
    # The browser counts clicks at one place as double and triple ones.
    again = scene.count and down - then < 500 and (before_x, before_y) == (x, y)
    scene.count = scene.count + 1 if again else 1
    scene.last = down, x, y
    how = {
        "button": BUTTONS[event.get("button", 0)],
        "clickCount": scene.count,
        "modifiers": sum(MODIFIERS[name] for name in event.get("mods", ())),
    }
    if (before_x, before_y) != (x, y):
        yield down, _mouse(scene, "mouseMoved", down, x, y)
    yield down, _mouse(scene, "mousePressed", down, x, y, **how)
    yield at, _mouse(scene, "mouseReleased", at, x, y, **how)


def _mouse(
    scene: Scene, kind: str, at: float, x: float, y: float, **how: Any
) -> Callable[[], None]:
    def act() -> None:
        moment = scene.start + at / 1000
        scene.devtools.send(
            "Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "timestamp": moment, **how}
        )

    return act


def _enter(scene: Scene, key: str, at: float) -> Callable[[], None]:
    def act() -> None:
        moment = scene.start + at / 1000
        scene.page.evaluate("(key) => stage.find(key).focus()", key)
        scene.devtools.send(
            "Input.dispatchKeyEvent",
            {"type": "keyDown", "key": "Enter", "text": "\r", "timestamp": moment},
        )
        scene.devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Enter"})

    return act
