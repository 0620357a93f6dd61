"""Dead click: a control is clicked and the page shows no sign of life."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.clicks import ECHO, UNSEEN, VISIBLE, earliest
from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Kind, RawPayload, Signal

_LIFE = (*VISIBLE, "request")


@dataclass(frozen=True, slots=True)
class DeadClick:
    """
    Nothing came of a click while the page was watched for ``deadline_ms`` or longer.

    Without a reaction row, or with a shorter watch, the outcome is unknown and
    never dead (decision 6). What comes late makes a slow click, not a dead one.
    """

    signal: ClassVar[SignalName] = "dead_click"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "burst"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click,)

    deadline_ms: float = 2500
    echo_ms: float = 1000
    """Scroll, selection and focus count as life this long (posthog-js#4503: they only excuse)."""
    kinds: frozenset[Kind] = UNSEEN
    """Kinds of target that never count."""
    exclusive: bool = True

    @property
    def gap_ms(self) -> float:
        """Each click is judged by itself."""
        return 0

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.deadline_ms

    def wants(self, _payload: RawPayload) -> bool:
        """Every click matters."""
        return True

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a dead click."""
        for row in rows:
            click, reaction = row.payload, row.reaction
            if not isinstance(click, Click) or reaction is None or excused(row, self.kinds):
                continue
            if reaction.watched < self.deadline_ms or earliest(reaction, _LIFE) is not None:
                continue
            echo = earliest(reaction, ECHO)
            if echo is None or echo > self.echo_ms:
                yield Finding((row,), click.target, click.name, duration=reaction.watched)


def excused(row: Row, kinds: frozenset[Kind]) -> bool:
    """
    Say whether a click expects nothing that the page could show: one of *kinds*,
    another button than the first, a modifier (posthog-js#2670) or selected text.
    """
    click = row.payload
    assert isinstance(click, Click)
    return click.kind in kinds or click.button != 0 or click.modified or click.selected
