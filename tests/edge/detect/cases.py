"""
Cases of the conformance file as raw signals: what a widget would have reported.

What a page is made of becomes target and ``kind``, what happened after a click
becomes its reaction row. Where a product looks only at certain moments (``check``),
the reaction is what it sees at the look that decides.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.detect.row import Row
from edge.events.event import SignalRaw
from edge.events.raw import Click, Error, Input, Kind, Reaction, Select

DATA = Path(__file__).parents[2] / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "frustration_cases.json").read_text("utf-8"))[
    "cases"
]
STREAM = "AAAAAAAAAAA"
START = 1_700_000_000_000
SCALE = 1
WIDGET_WATCH = 3000
PEER_WATCH = 60_000

KINDS_OF_EVENT = {
    "mutation": "dom",
    "scroll": "scroll",
    "selectionchange": "selection",
    "visibilitychange": "focus",
    "focuschange": "focus",
    "navigate": "nav",
    "request": "request",
    "window_open": "dialog",
    "media_play": "media",
}
"""An event of a case → the kind of reaction that a widget reports."""

Element = Mapping[str, Any]
TEXTUAL = ("", "text", "search", "email", "password", "url", "tel", "number")
PICKERS = ("date", "datetime-local", "month", "week", "time", "color", "file", "range")
STEPS = {"+", "-", "−", "–"}
PAGES = {"next", "previous", "prev", ">", "<", "›", "‹", "→", "←", "»", "«", "▶", "◀", "❯", "❮"}
INTERACTIVE = {"a", "button", "input", "select", "textarea", "label", "video", "audio", "canvas"}
IGNORED_CLASSES = ("ph-no-capture", "ph-no-rageclick", "ph-no-deadclick")


def of(detector: str, *profiles: str) -> list[dict[str, Any]]:
    """Return the cases of *detector* under *profiles*."""
    return [c for c in CASES if c["detector"] == detector and c["profile"] in profiles]


class Page:
    """The elements of one case."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.elements: Mapping[str, Element] = case.get("elements", {})

    def path(self, key: str | None) -> list[tuple[str, Element]]:
        """Return the element and its ancestors."""
        found = []
        while key is not None and key in self.elements:
            element = self.elements[key]
            if element["tag"] == "label" and "for" in element.get("attrs", {}):
                key = element["attrs"]["for"] if element["attrs"]["for"] in self.elements else key
                element = self.elements[key]
            found.append((key, element))
            key = element.get("parent")
        return found

    def target(self, key: str | None) -> tuple[str, Kind | None]:
        """Return selector and kind of what a click on *key* concerns."""
        path = self.path(key)
        if not path:
            return f"button#{key}" if key else "button", None
        hit = next(((k, e) for k, e in path if is_interactive(e)), None)
        name, element = hit or path[0]
        selector = f"{element['tag']}#{name}"
        kind_of_input = element.get("attrs", {}).get("type")
        if kind_of_input:
            selector += f'[type="{kind_of_input}"]'
        return selector, kind_of(element) if hit else "inert"

    def classes(self, key: str | None) -> set[str]:
        """Return the classes of the element and its ancestors."""
        attributes = [e.get("attrs", {}) for _, e in self.path(key)]
        return {name for attrs in attributes for name in attrs.get("class", "").split()}

    def is_silenced(self, key: str | None) -> bool:
        """Say whether the site takes the element out of all signals."""
        return any("data-flowback-ignore" in e.get("attrs", {}) for _, e in self.path(key))


def is_interactive(element: Element) -> bool:
    attrs = element.get("attrs", {})
    return (
        element["tag"] in INTERACTIVE
        or "role" in attrs
        or attrs.get("contenteditable", "false") != "false"
    )


def kind_of(element: Element) -> Kind | None:
    """Return what a widget says of an element (house plan, decision 6)."""
    tag, attrs = element["tag"], element.get("attrs", {})
    type_ = attrs.get("type", "").lower()
    text = (attrs.get("aria-label") or element.get("text", "")).strip().lower()
    if tag == "textarea" or (tag == "input" and type_ in TEXTUAL):
        return "entry"
    if attrs.get("contenteditable", "false") != "false":
        return "entry"
    if tag == "select" or (tag == "input" and type_ in PICKERS):
        return "picker"
    if tag in ("audio", "video"):
        return "media"
    if tag == "canvas":
        return "canvas"
    if tag == "a" and "download" in attrs:
        return "download"
    if tag == "a" and (attrs.get("target", "_self") != "_self" or is_elsewhere(attrs)):
        return "outgoing"
    if text in STEPS or text.split(" ")[0] in ("increase", "decrease", "increment", "decrement"):
        return "stepper"
    first = text.split(" ")[0] if text else ""
    if text in PAGES or first in ("next", "previous", "prev"):
        return "pager"
    return None


def is_elsewhere(attrs: Mapping[str, str]) -> bool:
    return attrs.get("href", "").split(":")[0] in ("http", "https", "mailto", "tel")


def to_events(
    case: Mapping[str, Any], *, before: float = 0, watch: float = WIDGET_WATCH
) -> tuple[list[SignalRaw], dict[int, int]]:
    """
    Return the raw signals of *case*, and event number → index of the case's event.

    *before* ms a reaction may precede its pointerdown; *watch* ms a click is watched.
    """
    page = Page(case)
    events = case["events"]
    raw: list[SignalRaw] = []
    places: dict[int, int] = {}

    def report(at: float, payload: Any) -> int:
        n = len(raw)
        raw.append(SignalRaw(timestamp=START + round(at * SCALE), n=n, payload=payload))
        return n

    last_click: tuple[int, float] | None = None
    for index, event in enumerate(events):
        at, what = event["t"], event["type"]
        if what == "click" and not page.is_silenced(event.get("el")):
            n = report(at, to_click(page, case, event))
            places[n] = index
            last_click = n, at
            reaction = to_reaction(event, n, events, before=before, watch=watch)
            report(at + reaction.watched, reaction)
        elif what == "error":
            near = last_click is not None and at - last_click[1] <= 10_000
            of = last_click[0] if last_click and near else None
            report(at, Error(of=of, after=at - last_click[1] if last_click and near else None))
        elif what == "selectionchange":
            report(at, Select(target="*"))
        elif what == "other_action":
            report(at, Input(target=page.target(event.get("el"))[0], phase="change"))
    return raw, places


def to_click(page: Page, case: Mapping[str, Any], event: Mapping[str, Any]) -> Click:
    target, kind = page.target(event.get("el"))
    label = event.get("label")
    if label == "":
        target, kind = "", "inert"
    if event.get("detail") == 0:
        kind = kind or "key"
    selected = event.get("selection", False) or any(
        other["type"] == "selectionchange" and abs(other["t"] - event["t"]) < 100
        for other in case["events"]
        if case["profile"] == "field"
    )
    return Click(
        target=target,
        name=label or None,
        kind=kind,
        x=event.get("x", 0),
        y=event.get("y", 0),
        button=event.get("button", 0),
        modified=bool(event.get("mods")),
        selected=selected,
    )


def to_reaction(
    click: Mapping[str, Any],
    n: int,
    events: list[Mapping[str, Any]],
    *,
    before: float,
    watch: float,
) -> Reaction:
    """Return what followed *click* until it was no longer watched."""
    start = click.get("pointerdown_t", click["t"])
    found: dict[str, float] = {}
    for event in events:
        kind = KINDS_OF_EVENT.get(event["type"])
        after = event["t"] - start
        slack = 1000 if kind == "focus" else before
        if kind and -slack < after <= watch and not (kind == "focus" and after <= -1000):
            found[kind] = min(found.get(kind, watch), max(0.0, after))
    if click.get("input"):
        found["dom"] = 0.0
    if click.get("scroll"):
        found["scroll"] = 0.0
    if click.get("selection"):
        found["selection"] = 0.0
    return Reaction(of=n, watched=watch, **found)  # type: ignore[arg-type]


def to_rows(raw: list[SignalRaw]) -> list[Row]:
    """Return *raw* as detectors read it: clicks with their reactions."""
    reactions = {e.payload.of: e for e in raw if isinstance(e.payload, Reaction)}
    rows = []
    for event in sorted(raw, key=lambda e: (e.timestamp, e.n)):
        if isinstance(event.payload, Reaction):
            continue
        row = Row(event.timestamp, event.n, STREAM, 0, "", event.payload)
        if event.n in reactions and isinstance(event.payload, Click):
            reaction = reactions[event.n]
            assert isinstance(reaction.payload, Reaction)
            row.reaction, row.reaction_n = reaction.payload, reaction.n
        rows.append(row)
    return rows
