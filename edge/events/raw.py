"""
The interactions a widget reports: the payloads of ``signal.raw``.

One struct per action. Nothing here can hold what a visitor typed: targets are
selectors built from an allow-list, ``kind`` says what only the page can know.
All lengths of time are milliseconds, all coordinates CSS pixels.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Ms = Annotated[float, Meta(ge=0, le=604_800_000)]
"""A length of time in milliseconds, at most the 7 days in which a widget may retry."""
Real = Annotated[float, Meta(ge=-1e12, le=1e12)]
"""A finite number: msgpack can carry NaN and infinities, which no sum survives."""
Selector = Annotated[str, Meta(max_length=256)]
"""A short selector without text, values or attributes that can hold personal data."""
Name = Annotated[str, Meta(max_length=64)]
"""What analysts call an element: its ``data-flowback-name``."""
Path = Annotated[str, Meta(max_length=2048)]
"""A page as path and allowed query parameters."""
EventNumber = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""The number ``n`` of an event in its stream, counted from 0."""

Kind = Literal[
    "stepper",  # plus and minus, spinners
    "pager",  # next and previous: pages, carousels, months of a calendar
    "entry",  # anything one types into
    "media",  # audio, video and their controls
    "canvas",  # a drawing surface whose reactions nobody can observe
    "picker",  # select, date, colour, file: the browser answers, not the page
    "outgoing",  # a link that leaves the page: another origin, mail, phone, a document
    "tab",  # a link that opens in another tab or frame
    "download",
    "link",  # any other link, and what lies in it
    "key",  # the click was made by the keyboard
    "inert",  # nothing interactive up to the document: plain text, background
]


class Signal(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename="camel",
    tag_field="action",
    forbid_unknown_fields=True,  # so that they can be counted: edge.events.known
    gc=False,  # nothing in them can form a cycle, and there are millions
):
    """What every raw payload shares: the tag ``action``."""


class Targeted(Signal, frozen=True, kw_only=True, rename="camel", tag_field="action"):
    """A signal that concerns one element."""

    target: Selector
    name: Name | None = None
    kind: Kind | None = None
    """Absent for an ordinary control."""


class Click(Targeted, frozen=True, tag="click"):
    """A click, reported at once; what it caused follows as a :class:`Reaction`."""

    x: Real = 0
    y: Real = 0
    button: Annotated[int, Meta(ge=0, le=4)] = 0
    modified: bool = False
    """Made with ctrl, meta, shift or alt held."""
    selected: bool = False
    """Text was selected by this click, or by the drag that it ended."""


class Reaction(Signal, frozen=True, tag="reaction"):
    """
    What the page did after a click: the first moment of each kind, in ms after
    its pointerdown. Sent once per click (decision 6); without one the outcome
    is unknown, never dead.
    """

    of: EventNumber
    """``n`` of the click in this stream."""
    watched: Ms
    """How long was watched. Less than a detector's deadline means unknown."""
    dom: Ms | None = None
    scroll: Ms | None = None
    selection: Ms | None = None
    nav: Ms | None = None
    request: Ms | None = None
    request_end: Ms | None = None
    media: Ms | None = None
    dialog: Ms | None = None
    focus: Ms | None = None
    """Focus or visibility of the window changed; may precede the click by up to 1 s (then 0)."""


class Hover(Targeted, frozen=True, tag="hover"):
    """The pointer, or the keyboard's focus, left an element after ``dwell`` ms on it."""

    dwell: Ms
    acted: bool = False
    """The visitor clicked or typed there during the dwell."""


class Scroll(Signal, frozen=True, tag="scroll"):
    """The deepest point of the page seen so far in this view, in percent."""

    depth: Annotated[float, Meta(ge=0, le=100)]


class Idle(Signal, frozen=True, tag="idle"):
    """Nothing happened for ``duration`` ms; sent when something happens again."""

    duration: Ms


class Nav(Signal, frozen=True, tag="nav"):
    """A view began: a page load or a route change inside a page."""

    how: Literal["load", "route", "reload", "traverse"] = "load"
    """``traverse`` is back or forward."""
    referrer: Annotated[str, Meta(max_length=255)] | None = None
    """Host of the page before, where it was another site."""


class Backtrack(Signal, frozen=True, tag="backtrack"):
    """The visitor went back: from the page ``origin`` to this event's page."""

    origin: Path
    stayed: Ms
    """How long the visitor had been on ``origin``."""
    interacted: bool = True
    """The visitor clicked, typed or scrolled on ``origin``."""


class Input(Targeted, frozen=True, tag="input"):
    """A field got or lost focus or was changed; never with its content."""

    phase: Literal["focus", "change", "blur"]
    form: Selector | None = None


class Submit(Targeted, frozen=True, tag="submit"):
    """A form was sent."""


class Leave(Signal, frozen=True, tag="leave"):
    """The view ended: hidden, closed or left for another page."""

    stayed: Ms
    depth: Annotated[float, Meta(ge=0, le=100)] = 0


class Select(Targeted, frozen=True, tag="select"):
    """Text was selected; never which."""


class Pointer(Signal, frozen=True, tag="pointer"):
    """
    The pointer changed direction ``changes`` times on one axis within ``duration`` ms. The
    moment of the event is the first change.
    """

    changes: Annotated[int, Meta(ge=0, le=10_000)]
    duration: Ms
    travel: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    """CSS pixels that it moved on that axis from the first change to the last."""


class Error(Signal, frozen=True, tag="error"):
    """A script failed. ``of`` is the click it followed, if one was near."""

    of: EventNumber | None = None
    after: Ms | None = None
    """ms after that click."""


class Prompt(Signal, frozen=True, tag="prompt"):
    """The question was shown, dismissed, or left alone until it went by itself."""

    phase: Literal["shown", "dismissed", "expired"]
    rule: Name | None = None


class Wearable(Signal, frozen=True, tag="wearable"):
    """A reading that the site passes on, such as ``stress`` 0.75."""

    subtype: Name
    value: Real


class Custom(Signal, frozen=True, tag="custom"):
    """What the site itself reports through ``flowback.signal``."""

    subtype: Name
    value: Real | None = None


RawPayload = (
    Click
    | Reaction
    | Hover
    | Scroll
    | Idle
    | Nav
    | Backtrack
    | Input
    | Submit
    | Leave
    | Select
    | Pointer
    | Error
    | Prompt
    | Wearable
    | Custom
)
