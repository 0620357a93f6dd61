"""What the definitions of several products share."""

import re
from abc import abstractmethod
from collections.abc import Container, Iterator, Sequence
from typing import ClassVar, Literal, NamedTuple

from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Kind, RawPayload, Reaction, Signal

Verdict = Literal[
    "dead",
    "alive",
    "pending",  # not watched for long enough yet
    "ignored",  # no candidate by its target or its keys
    "dropped",  # forgotten by the product itself
    "slow_timeout",
    "slow_mutation",
    "multi",
    "rage",
    "unknown",
]
"""What a product says of one click."""

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9\-]*")
_TYPE = re.compile(r'\[type="?([a-z\-]+)"?\]')
_ROLE = re.compile(r'\[role="?([a-z]+)"?\]')

Life = Literal["dom", "nav", "request", "scroll", "selection", "media", "dialog", "focus"]
"""Kinds of reaction that can keep a click alive."""
LINKS: frozenset[Kind] = frozenset({"link", "outgoing", "tab", "download"})
"""What an ``a[href]`` and all that lies in it is told as."""
OPENED_MS = 1000
"""A window that a click opens takes the focus so soon: all that the page can see of it."""


class Element(NamedTuple):
    """What a selector says of one element."""

    tag: str
    type: str
    role: str


def path_of(click: Click) -> list[Element]:
    """Return the target and its ancestors as far as the selector names them, innermost first."""
    return [_element(part) for part in reversed(click.target.split(" > "))]


def _element(compound: str) -> Element:
    tag, type_, role = (
        found[0] if (found := pattern.search(compound)) else "" for pattern in (_TAG, _TYPE, _ROLE)
    )
    return Element(tag.lower(), _inner(type_), _inner(role))


def _inner(attribute: str) -> str:
    return attribute.partition("=")[2].strip('"]')


def tag_of(click: Click) -> str:
    """Return the tag of a click's target, empty where its selector has none."""
    return path_of(click)[0].tag


def type_of(click: Click) -> str:
    """Return the ``type`` of a click's target, empty where it has none."""
    return path_of(click)[0].type


def is_input(element: Element, click: Click, types: Container[str]) -> bool:
    """
    Say whether *element*, of the path of *click*, is an ``input`` of one of *types*.

    One that is named by its id is named without its type: then a target of no kind is a
    button or a box to tick, and what is ticked is never without an answer.
    """
    if element.tag != "input":
        return False
    return element.type in types if element.type else click.kind is None


def clicks_in(rows: Sequence[Row]) -> Iterator[tuple[Row, Click]]:
    """
    Yield the clicks among *rows* with their payloads: those of the first button.

    The browser's ``click``, to which all products listen, is of that one alone.
    """
    for row in rows:
        if isinstance(row.payload, Click) and row.payload.button == 0:
            yield row, row.payload


def opened(reaction: Reaction) -> float | None:
    """Return when a window was opened by the click, None where none was to be seen."""
    at = reaction.focus
    return at if at is not None and 0 < at <= OPENED_MS else None


def burst(run: Sequence[Row], count: int | None = None) -> Finding:
    """Return the finding of a run of clicks, named after the first."""
    click = run[0].payload
    assert isinstance(click, Click)
    return Finding(
        tuple(run),
        click.target,
        click.name,
        count=len(run) if count is None else count,
        duration=float(run[-1].at - run[0].at),
    )


class ClickDetector:
    """The part of a click detector that does not differ between products."""

    __slots__ = ()

    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "burst"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click,)

    @property
    def exclusive(self) -> bool:
        """The products count a click in as many signals as it fits."""
        return False

    def wants(self, _payload: RawPayload) -> bool:
        """Every row that is read matters."""
        return True


class DeadClickDetector(ClickDetector):
    """The part of a dead click's detector that does not differ where each click is judged."""

    __slots__ = ()

    signal: ClassVar[SignalName] = "dead_click"

    @abstractmethod
    def verdicts(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict]]:
        """Say of each click what became of it."""

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a dead click."""
        for row, verdict in self.verdicts(rows):
            if verdict == "dead":
                yield burst([row])
