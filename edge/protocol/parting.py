"""
Where two histories of one epoch part: the hub's, and that of an edge put back from a backup.

The edge asks the hub, range by range, for the seals under which its entries came and compares
them with its own. Histories only grow, so one entry that is the same makes all before it the
same, and the first that differs ends what is common.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Protocol

from edge.protocol.errors import BadFrame
from edge.protocol.frames import Ask, Cursor, Lane, Seals, Welcome
from edge.protocol.outlane import Log
from edge.protocol.packing import Data

MOST = 2000
"""Seals of one answer at the most: 48 kB."""

Seal = tuple[int, bytes]
"""Generation and hash of an entry."""
_SEAL = struct.Struct(">Q16s")
_NONE = bytes(16)
"""Stands for the hash of an entry that is not kept."""


class History(Log, Protocol):
    """An edge's journal of one epoch that can be compared with the hub's."""

    def seals(self, lane: int, lo: int, hi: int) -> Mapping[int, Seal]:
        """Return number → seal of the entries *lo* to *hi* that are kept."""
        ...


def pack(lo: int, hi: int, found: Mapping[int, Seal]) -> bytes:
    """Return the seals of *lo* to *hi* as the body of an answer."""
    return b"".join(_SEAL.pack(*found.get(seq, (0, _NONE))) for seq in range(lo, hi + 1))


def unpack(lo: int, body: Data) -> dict[int, Seal]:
    """Return what :func:`pack` was given. Raises :class:`BadFrame`."""
    if not body or len(body) % _SEAL.size or len(body) > MOST * _SEAL.size:
        raise BadFrame(f"{len(body)} bytes are no seals")
    seals = enumerate(_SEAL.iter_unpack(body), lo)
    return {seq: (generation, seal) for seq, (generation, seal) in seals if seal != _NONE}


class Parting:
    """
    Compares what a WELCOME of *epoch* tells with *own* entries.

    *acked* is what the hub had acknowledged of each lane: the same, unless the newest differs.

    Numbers of which either end keeps no seal, or which one of them blanked since, tell nothing:
    the same where a later one is the same, else counted as the edge's alone, so that none is lost.
    """

    def __init__(self, own: History, welcome: Welcome, epoch: int, acked: Sequence[int]) -> None:
        self.lost = False
        """The hub holds, under numbers of this epoch, what this history does not."""
        self.held: dict[int, int] = {cursor.lane: cursor.seq for cursor in welcome.cursors}
        """Lane → how far the hub holds it."""
        self._common: dict[int, int] = {}
        self.hub_run = welcome.run
        self._own = own
        self._session = welcome.session
        self._epoch = epoch
        self._most = min(welcome.seals, MOST)
        self._open: list[tuple[Lane, int, int]] = []
        """Lane, first and last number of what is still to be asked."""
        for cursor in welcome.cursors:
            self._compare(cursor, acked[cursor.lane])

    @property
    def common(self) -> dict[int, int] | None:
        """Return lane → last number up to which both are the same; None: the hub cannot tell."""
        return self._common if self._most else None

    def question(self) -> Ask | None:
        """Return what to ask next; None: all is known, as far as this hub tells it."""
        if not self._open or not self._most:
            return None
        lane, lo, hi = self._open[0]
        hi = min(hi, lo + self._most - 1)
        return Ask(session=self._session, epoch=self._epoch, lane=lane, lo=lo, hi=hi)

    def answer(self, frame: Seals, body: Data) -> None:
        """Take the answer to the last question. Raises :class:`BadFrame` where it is none."""
        lane, lo = frame.lane, frame.lo
        theirs = unpack(lo, body)
        hi = lo + len(body) // _SEAL.size - 1
        if not self._open or (lane, lo) != self._open[0][:2] or hi > self._open[0][2]:
            raise BadFrame("these seals were not asked for")
        ours = self._own.seals(lane, lo, hi)
        differs = False
        for seq in sorted(theirs.keys() & ours.keys()):
            if ours[seq] == theirs[seq]:
                self._common[lane] = seq
            elif ours[seq][0] == theirs[seq][0]:
                differs = self.lost = True
                break
        if differs or hi == self._open[0][2]:
            self._open.pop(0)
        else:
            self._open[0] = (lane, hi + 1, self._open[0][2])

    def _compare(self, cursor: Cursor, acked: int) -> None:
        """See what the newest number alone tells; note what is to be asked."""
        lane, head = cursor.lane, self._own.head(cursor.lane)
        top = min(head, cursor.seq)
        same = self._is_ours(cursor) if cursor.seq <= head else None
        self.lost = self.lost or cursor.seq > head or same is False
        begin = 0 if same is False and acked >= top else min(acked, top)
        self._common[lane] = top if same else begin
        if self._common[lane] < top:
            self._open.append((lane, begin + 1, top))

    def _is_ours(self, cursor: Cursor) -> bool | None:
        """Tell whether the hub's newest entry is the edge's too; None: it cannot be told."""
        found = self._own.entries(cursor.lane, cursor.seq - 1, 1) if cursor.hash else ()
        if not found or found[0].seq != cursor.seq or found[0].generation != cursor.generation:
            return None
        return found[0].hash == cursor.hash
