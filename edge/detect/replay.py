"""
What other parameters would have found: the same raw signals, judged twice.

Pure: the caller reads the journal and prints the table (``flowback detect --replay``).
"""

from collections.abc import Iterable, Sequence
from typing import get_args

from msgspec import Struct

from edge.detect.detector import Detector
from edge.detect.ledger import same
from edge.detect.session import SessionDetection
from edge.events.event import SignalName, SignalNormalized, SignalRaw

Recorded = tuple[str, str, Sequence[SignalRaw]]
"""Session, stream and raw signals, in any order and in any number of pieces."""


class Difference(Struct, frozen=True, kw_only=True):
    """How many signals of one kind two lists of detectors find, and in how many they agree."""

    signal: SignalName
    before: int
    after: int
    gone: int
    """Found before only."""
    new: int
    """Found after only."""
    changed: int
    """Found by both with another count, length or evidence."""


def final(changes: Iterable[SignalNormalized]) -> dict[str, SignalNormalized]:
    """Return what stands after *changes*: the highest revision of each id, without voids."""
    latest: dict[str, SignalNormalized] = {}
    for change in changes:
        known = latest.get(change.id)
        if known is None or change.revision > known.revision:
            latest[change.id] = change
    return {key: signal for key, signal in latest.items() if not signal.void}


def detect(
    recorded: Iterable[Recorded], detectors: Sequence[Detector]
) -> dict[str, SignalNormalized]:
    """Return by id what *detectors* find in *recorded*."""
    sessions: dict[str, SessionDetection] = {}
    changes: list[SignalNormalized] = []
    for session, stream, events in recorded:
        if session not in sessions:
            sessions[session] = SessionDetection(session, detectors)
        changes += sessions[session].add(stream, events)
    return final(changes)


def compare(
    before: dict[str, SignalNormalized], after: dict[str, SignalNormalized]
) -> list[Difference]:
    """Return one row for each kind of signal that either found, in the order of the schema."""
    rows = []
    for signal in get_args(SignalName):
        one = {key for key, found in before.items() if found.payload.signal == signal}
        two = {key for key, found in after.items() if found.payload.signal == signal}
        if one or two:
            changed = sum(not same(before[key], after[key]) for key in one & two)
            rows.append(
                Difference(
                    signal=signal,
                    before=len(one),
                    after=len(two),
                    gone=len(one - two),
                    new=len(two - one),
                    changed=changed,
                )
            )
    return rows


def table(rows: Sequence[Difference]) -> str:
    """Return *rows* as a table of plain text, with a line of sums."""
    head = ("signal", "before", "after", "gone", "new", "changed")
    cells = [(r.signal, *(str(getattr(r, name)) for name in head[1:])) for r in rows]
    sums = [str(sum(getattr(row, name) for row in rows)) for name in head[1:]]
    lines = [head, *cells, ("all", *sums)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if at == 0 else text.rjust(width)
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
