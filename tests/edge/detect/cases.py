"""
Cases of the conformance file as raw signals: what a widget would have reported.

What a page is made of becomes target and ``kind``, what happened after a click
becomes its reaction row, what the pointer did becomes ``pointer`` rows. Where a product
looks only at certain moments (``check``), the reaction is what it sees at the look that
decides.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.detect.row import Row
from edge.events.event import SignalRaw
from edge.events.raw import Click, Error, Input, Kind, Pointer, Reaction, Select

DATA = Path(__file__).parents[2] / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "frustration_cases.json").read_text("utf-8"))[
    "cases"
]
STREAM = "AAAAAAAAAAA"
START = 1_700_000_000_000
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
    "window_open": "focus",  # all that the page sees of it is that it loses the focus
    "media_play": "media",
}
"""An event of a case → the kind of reaction that a widget reports."""

Element = Mapping[str, Any]
ENTRY = ("text", "search", "email", "password", "tel", "url", "number")
PICKER = ("select", "date", "month", "week", "time", "color", "file", "range")
STEPPER = re.compile(r"([-+−–]$|((in|de)cre(ase|ment)|plus|minus)\b)", re.IGNORECASE)
PAGER = re.compile(
    r"([‹›«»<>←-↓◀▶❮❯…]+|(next|prev(ious)?|back|forward|older|newer|more|weiter|zurück|suivant"
    r"|précédent|siguiente|anterior)( (page|slide|month|year|week))?)$",
    re.IGNORECASE,
)
DOCUMENT = re.compile(r"\.(pdf|zip|csv|docx?|xlsx?|gz|dmg|exe|ics)$", re.IGNORECASE)
INTERACTIVE = (
    {"area", "button", "input", "select", "textarea", "summary", "label", "option"}
    | {"audio", "video", "canvas"}
)  # fmt: skip
ATTRIBUTES = ("contenteditable", "tabindex", "onclick", "data-flowback-name")
ROLE = re.compile(
    r"(link|tab|radio|switch|option|slider|gridcell|treeitem)$|menuitem|.*(box|button)$"
)
CONTROLS = ("input", "select", "textarea", "button")
DEPTH = 5
NEAR = 2000


def of(detector: str, *profiles: str) -> list[dict[str, Any]]:
    """Return the cases of *detector* under *profiles*."""
    return [c for c in CASES if c["detector"] == detector and c["profile"] in profiles]


def attrs_of(element: Element) -> Mapping[str, str]:
    return element.get("attrs", {})


class Page:
    """The elements of one case, as the widget's ``target.ts`` and ``kind.ts`` see them."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.elements: Mapping[str, Element] = case.get("elements", {})

    def path(self, key: str | None) -> list[tuple[str, Element]]:
        """Return the element and its ancestors; a label's click is one on its control."""
        key = self._control(key)
        found = []
        while key is not None and key in self.elements:
            found.append((key, self.elements[key]))
            key = self.elements[key].get("parent")
        return found

    def _control(self, key: str | None) -> str | None:
        element = self.elements.get(key or "")
        if element is None or element["tag"] != "label":
            return key
        named = attrs_of(element).get("for")
        if named is not None:
            return named if named in self.elements else key
        held = (k for k, e in self.elements.items() if e["tag"] in CONTROLS)
        return next((k for k in held if key in (above for above, _ in self.path(k))), key)

    def target(self, key: str | None, detail: int = 1) -> tuple[str, Kind | None]:
        """Return selector and kind of what a click on *key* concerns."""
        path = self.path(key)
        if not path:
            mark = f'[data-testid="{key}"]' if key else ""
            return f'button[type="submit"]{mark}', "key" if detail == 0 else None
        hit = next((n for n, (_, element) in enumerate(path) if is_interactive(element)), None)
        elements = [element for _, element in path]
        name, element = path[hit or 0]
        kind = kind_of(element, elements, self.text(name), inert=hit is None, detail=detail)
        # Of a secret field not even its place within the page is told.
        secret = type_of(element) == "password"
        return "input" if secret else selector_of(path[hit or 0 :]), kind

    def text(self, key: str) -> str:
        """Return what names an element to who sees or hears it."""
        element = self.elements[key]
        inside = (self.text(k) for k, e in self.elements.items() if e.get("parent") == key)
        return (
            attrs_of(element).get("aria-label") or "".join((element.get("text", ""), *inside))
        ).strip()

    def classes(self, key: str | None) -> set[str]:
        """Return the classes of the element and its ancestors."""
        attributes = [attrs_of(e) for _, e in self.path(key)]
        return {name for attrs in attributes for name in attrs.get("class", "").split()}

    def is_silenced(self, key: str | None) -> bool:
        """Say whether the site takes the element out of all signals."""
        return any("data-flowback-ignore" in attrs_of(e) for _, e in self.path(key))


def is_interactive(element: Element) -> bool:
    attrs = attrs_of(element)
    return (
        element["tag"] in INTERACTIVE
        or (element["tag"] == "a" and "href" in attrs)
        or any(name in attrs for name in ATTRIBUTES)
        or ROLE.match(attrs.get("role", "")) is not None
    )


def type_of(element: Element) -> str:
    """Return ``element.type`` as the browser understands it."""
    written = attrs_of(element).get("type", "").lower()
    defaults = {"input": "text", "button": "submit", "textarea": "textarea", "select": "select-one"}
    return written or defaults.get(element["tag"], "")


def selector_of(path: list[tuple[str, Element]]) -> str:
    """Return at most 5 compounds; each element is told apart by its test id."""
    compounds = []
    for name, element in path[:DEPTH]:
        if element["tag"] in ("html", "body") and compounds:
            break
        role = attrs_of(element).get("role")
        type_ = type_of(element) if element["tag"] in ("input", "button") else ""
        compounds.append(
            element["tag"]
            + (f'[role="{role}"]' if role else "")
            + (f'[type="{type_}"]' if type_ else "")
            + f'[data-testid="{name}"]'
        )
    return " > ".join(reversed(compounds))


def kind_of(
    element: Element, path: list[Element], text: str, *, inert: bool, detail: int
) -> Kind | None:
    """Return what a widget says of an element (house plan, decision 6)."""
    roles = [attrs_of(e).get("role", "") for e in path]
    tags = [e["tag"] for e in path]
    rels = [attrs_of(e).get("rel") for e in path]
    type_ = type_of(element)
    link = next((attrs_of(e) for e in path if e["tag"] in ("a", "area")), None)
    text = "" if inert else text
    away = None if link is None else leads_away(link)
    signs: list[tuple[Kind | None, object]] = [
        ("entry", "textbox" in roles or any("contenteditable" in attrs_of(e) for e in path)),
        ("entry", type_.startswith(ENTRY)),
        ("picker", "option" in tags or {"option", "combobox", "slider"} & {*roles}),
        ("picker", type_.startswith(PICKER)),
        ("media", {"audio", "video"} & {*tags}),
        ("canvas", "canvas" in tags),
        (away, away),
        ("stepper", "spinbutton" in roles or STEPPER.match(text)),
        ("pager", {"next", "prev"} & {*rels} or any(role.startswith("grid") for role in roles)),
        ("pager", PAGER.match(text)),
        ("inert", inert),
        ("key", detail == 0),
        ("link", link is not None and "href" in link),
    ]
    return next((kind for kind, sign in signs if sign), None)


def leads_away(attrs: Mapping[str, str]) -> Kind | None:
    """Return how a link leads away from the page, None where it stays."""
    href = attrs.get("href", "")
    scheme = href.partition(":")[0] if ":" in href else ""
    if "download" in attrs:
        return "download"
    if attrs.get("target", "") not in ("", "_self"):
        return "tab"
    if "href" not in attrs or scheme == "javascript":
        return None
    return "outgoing" if scheme or DOCUMENT.search(href.partition("?")[0]) else None


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
        raw.append(SignalRaw(timestamp=START + round(at), n=n, payload=payload))
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
            near = last_click is not None and at - last_click[1] < NEAR
            of = last_click[0] if last_click and near else None
            report(at, Error(of=of, after=at - last_click[1] if last_click and near else None))
        elif what == "selectionchange":
            report(at, Select(target="*"))
        elif what == "other_action":
            report(at, Input(target=page.target(event.get("el"))[0], phase="change"))
    return raw, places


def to_click(page: Page, case: Mapping[str, Any], event: Mapping[str, Any]) -> Click:
    target, kind = page.target(event.get("el"), event.get("detail", 1))
    label = event.get("label")
    if label == "":
        target, kind = "", "inert"
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


def to_shakes(case: Mapping[str, Any]) -> list[SignalRaw]:
    """Return the ``pointer`` rows of *case*, as the widget's ``pointer.ts`` makes them."""
    pointer = Shakes()
    for event in case["events"]:
        pointer.pass_time(event["t"])
        if event["type"] == "mousemove":
            pointer.move(event["t"], event["x"], event["y"])
        elif event["type"] == "dirchange":
            # Only that it turned is told: any movement to the other side.
            pointer.move(event["t"], *pointer.aside(event["axis"]))
    pointer.pass_time(float("inf"))
    return pointer.rows


class Shakes:
    """The widget's watch over the pointer: turns on each axis within 2 s."""

    WITHIN, WORTH, ENDED = 2000, 10, 500

    def __init__(self) -> None:
        self.rows: list[SignalRaw] = []
        self.due = float("inf")
        self.most: list[tuple[float, float]] = []
        self.before = -1.0
        self.axes = (Axis(), Axis())
        self.place = [0.0, 0.0]
        self.sides = [1.0, 1.0]

    def aside(self, axis: str) -> tuple[float, float]:
        """Return a place that makes a turn on *axis*, and none on the other."""
        which = "xy".index(axis)
        if not self.axes[which].way:  # the way from which the first one turns
            for place in (0.0, -self.sides[which] * 10):
                self.axes[which].move(0, place)
            self.place[which] = -self.sides[which] * 10
        self.place[which] += self.sides[which] * 10
        self.sides[which] *= -1
        return self.place[0], self.place[1]

    def move(self, at: float, x: float, y: float) -> None:
        for axis, place in zip(self.axes, (x, y), strict=True):
            if axis.move(at, place, self.before) and len(axis.turns) >= self.WORTH:
                self.most = max(axis.turns, self.most, key=len)
                self.due = at + self.ENDED

    def pass_time(self, now: float) -> None:
        if now < self.due or not self.most:
            return
        (first, start), (last, end) = self.most[0], self.most[-1]
        payload = Pointer(
            changes=len(self.most), duration=round(last - first), travel=round(end - start)
        )
        self.rows.append(
            SignalRaw(timestamp=START + round(first), n=len(self.rows), payload=payload)
        )
        self.most, self.due, self.before = [], float("inf"), last


class Axis:
    """One axis: where the pointer is on it, and when it turned, after how many pixels."""

    def __init__(self) -> None:
        self.last: float | None = None
        self.way = self.travel = 0.0
        self.turns: list[tuple[float, float]] = []

    def move(self, at: float, place: float, before: float = -1) -> bool:
        """Take the pointer to *place*; say whether it turned there. What lies *before* is told."""
        by = 0.0 if self.last is None else place - self.last
        turned = by * self.way < 0
        self.last, self.way = place, by or self.way
        if turned:
            recent = [t for t in self.turns if t[0] > before and at - t[0] < Shakes.WITHIN]
            self.turns = [*recent, (at, self.travel)]
        self.travel += abs(by)
        return turned


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
