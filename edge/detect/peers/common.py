"""What the definitions of several products share."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from edge.detect.clicks import earliest
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


def tag_of(click: Click) -> str:
    """Return the tag of a click's target, empty where its selector has none."""
    found = _TAG.match(_last(click))
    return found[0].lower() if found else ""


def type_of(click: Click) -> str:
    """Return the ``type`` of a click's target, empty where it has none."""
    found = _TYPE.search(_last(click))
    return found[1] if found else ""


def role_of(click: Click) -> str:
    """Return the ``role`` of a click's target, empty where it has none."""
    found = _ROLE.search(_last(click))
    return found[1] if found else ""


def _last(click: Click) -> str:
    return click.target.rpartition(" ")[2]


def clicks_in(rows: Sequence[Row]) -> Iterator[tuple[Row, Click]]:
    """Yield the clicks among *rows* with their payloads."""
    for row in rows:
        if isinstance(row.payload, Click):
            yield row, row.payload


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


@dataclass(frozen=True, slots=True)
class PlainDeadClick(ClickDetector):
    """A click on certain elements, where nothing of ``life`` came within ``timeout_ms``."""

    signal: ClassVar[SignalName] = "dead_click"

    timeout_ms: float
    life: tuple[str, ...]
    """Kinds of reaction that keep a click alive."""
    tags: frozenset[str] = frozenset()
    """Tags that are judged; empty: all."""
    input_types: frozenset[str] = frozenset()
    """Types of ``input`` that are judged besides."""
    roles: frozenset[str] = frozenset()
    """Roles that are judged besides."""
    kinds: frozenset[Kind] = frozenset()
    """Kinds that are never judged."""
    left_only: bool = False

    @property
    def gap_ms(self) -> float:
        """Each click is judged by itself."""
        return 0

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a dead click."""
        for row, verdict in self.verdicts(rows):
            if verdict == "dead":
                yield burst([row])

    def verdicts(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict]]:
        """Say of each click what became of it."""
        for row, click in clicks_in(rows):
            yield row, self._verdict(click, row.reaction)

    def _verdict(self, click: Click, reaction: Reaction | None) -> Verdict:
        if not self._judged(click):
            return "ignored"
        if reaction is None:
            return "unknown"
        at = earliest(reaction, self.life)
        if at is not None and at < self.timeout_ms:
            return "alive"
        return "dead" if reaction.watched >= self.timeout_ms else "pending"

    def _judged(self, click: Click) -> bool:
        if click.kind in self.kinds or (self.left_only and click.button != 0):
            return False
        if not self.tags:
            return True
        tag = tag_of(click)
        return (
            tag in self.tags
            or (tag == "input" and type_of(click) in self.input_types)
            or role_of(click) in self.roles
        )
