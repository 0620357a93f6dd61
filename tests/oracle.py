"""
The oracle of edge-and-link.md, section 5: what is at the hub, read from its inbox as it grows.

``I`` issued, ``A`` acknowledged by 202, ``H`` at the hub, ``P`` pending, ``Q`` quarantined,
``G`` declared gaps. A break of INV-2 to INV-5 is an ``AssertionError`` that names it.
"""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.events import codec
from edge.events.event import Derived, FeedbackRecorded, SignalRaw

Event = tuple[str, int]
"""(stream, n)"""
Lane = tuple[int, int]
"""(origin's row, lane)"""


@dataclass
class AtHub:
    """What the inbox at ``path`` held when it was last looked at."""

    path: Path
    events: Counter[Event] = field(default_factory=Counter)
    """How often each browser event is there."""
    derived: Counter[tuple[str, int, bool]] = field(default_factory=Counter)
    """How often each revision of an event is there that an agent made."""
    sessions: set[str] = field(default_factory=set)
    entries: int = 0
    gaps: int = 0
    """Entries that are declared gone."""
    position: int = 0
    """Of the newest entry."""
    _last: dict[Lane, int] = field(default_factory=dict)
    _cursors: dict[Lane, int] = field(default_factory=dict)

    def look(self) -> None:
        """Read what came since, and hold INV-2 to INV-5."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as file:
            file.execute("begin")  # one state of the file for all questions
            rows = file.execute(
                "select position, origin, lane, seq, hash, body from entry where position > ?"
                " order by position",
                (self.position,),
            )
            for position, origin, lane, seq, digest, body in rows:
                self._take((origin, lane), seq, digest, body, file)
                self.position = position
            self._check_cursors(file)
            query = "select coalesce(sum(hi - lo + 1), 0) from gap"
            (self.gaps,) = file.execute(query).fetchone()

    @property
    def doubled(self) -> list[Any]:
        """Return what is there more than once (INV-2)."""
        return [
            what for all_of in (self.events, self.derived) for what, n in all_of.items() if n > 1
        ]

    def _take(
        self, lane: Lane, seq: int, digest: bytes, body: bytes, file: sqlite3.Connection
    ) -> None:
        assert codec.seal(body) == digest, f"INV-3: entry {seq} of lane {lane} is altered"
        before = self._last.get(lane, 0)
        assert seq > before, f"INV-2: entry {seq} of lane {lane} came behind {before}"
        if seq > before + 1:
            assert before + 1 + declared(file, lane, before + 1, seq - 1) == seq, "INV-4: a hole"
        self._last[lane] = seq
        self.entries += 1
        for group in codec.unpack(body):
            if group.stamp.session:
                self.sessions.add(group.stamp.session)
            for event in group.events:
                if isinstance(event, SignalRaw | FeedbackRecorded):
                    self.events[str(group.stamp.stream), event.n] += 1
                    self.check_event(str(group.stamp.stream), event)
                elif isinstance(event, Derived):
                    self.derived[event.id, event.revision, event.void] += 1

    def check_event(self, stream: str, event: Any) -> None:
        """Hold INV-3 for one event; for those who know what they sent."""

    def _check_cursors(self, file: sqlite3.Connection) -> None:
        cursors = {
            (origin, lane): seq
            for origin, lane, seq in file.execute(
                "select origin, lane, seq from cursor where name = 'link'"
            )
        }
        for lane, before in self._cursors.items():
            assert cursors.get(lane, 0) >= before, "INV-5: the cursor went back"
        for lane, seq in cursors.items():
            last = self._last.get(lane, 0)
            assert last <= seq, "INV-4: an entry behind the cursor"
            assert last + declared(file, lane, last + 1, seq) == seq, "INV-4: a hole at the end"
        self._cursors = cursors


def declared(file: sqlite3.Connection, lane: Lane, lo: int, hi: int) -> int:
    """Return how many numbers from *lo* to *hi* are declared gaps of *lane*."""
    rows = file.execute(
        "select max(lo, ?), min(hi, ?) from gap where origin = ? and lane = ? and hi >= ?"
        " and lo <= ?",
        (lo, hi, *lane, lo, hi),
    )
    return sum(end - start + 1 for start, end in rows)
