"""
A receipt at the edge: it moves the cursors as an acknowledgement does, never back.

It says too what the hub refused, what it lost to a restored backup, and whether it knows
more of this edge than the edge itself.
"""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edge.bundle import inspect
from edge.bundle.files import reading
from edge.bundle.unsent import LACKS
from edge.control_book import ControlBook
from edge.journal import epochs
from edge.journal.account import HUB, acknowledge, quarantine
from edge.journal.entry import Origin
from edge.journal.reading import Reading
from edge.journal.transaction import Transaction
from edge.keys import EdgeKeys
from edge.keys.signing import verify_bytes
from edge.protocol.bundle import form
from edge.protocol.bundle.form import BadBundle
from edge.protocol.bundle.receipt import Held, Missing, Receipt
from edge.protocol.control import BadControl, Signed

_MADE = "receipt.made"
"""Key in ``meta``: when the newest receipt that came was made, by the hub's clock."""
_HOLDS = "receipt.holds"
"""Key in ``meta``: the revision of control that the hub knows this edge to have."""
MAX_RECEIPT = 64 * 2**20
"""Bytes of a receipt with all its control."""
_ROW = 64
"""Bytes that a record takes beside what it says."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A receipt that is whole, from the hub that this edge trusts, and for this edge."""

    receipt: Receipt
    control: list[Signed]


@dataclass(slots=True)
class Moved:
    """What a receipt did."""

    entries: int = 0
    """That the hub is known to hold now, and was not before."""
    refused: int = 0
    """Entries put aside, since the hub cannot use them."""
    lacks: int = 0
    """Entries that the hub had and lost: the next export holds them again."""
    forked: bool = False
    """The hub knows more of this edge than the edge: what is new goes on in a new epoch."""
    control: int = 0
    """Sheets of control that were new."""
    missing: list[Missing] = field(default_factory=list)
    """Ranges that the hub waits for."""


def read(path: Path, keys: EdgeKeys) -> Opened:
    """Return the receipt at *path*. Raises :class:`BadBundle` and NotRead."""
    trusted = _trusted(keys)
    plain: list[bytes] = []
    kind = inspect.kind_of(path)
    if kind != "receipt":
        raise BadBundle("format", "it holds entries: import it at the hub")

    said = 0

    def hear(_: form.Manifest, record: bytes) -> None:
        nonlocal said
        plain.append(record)
        said += len(record) + _ROW
        if said > MAX_RECEIPT:
            raise BadBundle("altered", "it says more than any receipt does")

    with reading(path) as file:
        reader, trouble = inspect.look(
            file, kind, dict(key.halves() for key in keys.keys), hear=hear
        )
    if not trusted & set(reader.manifest.by):
        raise BadBundle(
            "unknown",
            "it is not signed by the hub that this edge trusts; if the hub's key changed,"
            " `flowback enroll card` there and `flowback enroll trust` here",
        )
    if reader.manifest.node != keys.node:
        raise BadBundle("unknown", f"it is for another edge, {reader.manifest.node}")
    if trouble is not None:
        raise trouble
    return _decode(plain, keys.node)


def take(tx: Transaction, receipt: Receipt) -> Moved:
    """Do within a commit what *receipt* says. Harmless when repeated, in any order."""
    moved = Moved(missing=receipt.missing)
    newest = _meta(tx, _MADE)
    lost: dict[Origin, list[Held]] = {}
    sound: dict[Origin, list[Held]] = {}
    for held in receipt.held:
        origin = Origin(tx.own.node, held.epoch)
        if _is_known(tx, origin):
            (lost if _is_lost(tx, origin, held) else sound).setdefault(origin, []).append(held)
    for origin, lanes in sound.items():
        if origin not in lost:
            for held in lanes:
                _hold(tx, origin, held, moved, newer=receipt.made >= newest)
    if tx.own in sound and tx.own not in lost:
        epochs.confirm(tx)
    for origin, lanes in lost.items():
        _begin_anew(tx, origin, [*lanes, *sound.get(origin, ())], moved)
    if receipt.made >= newest:
        _set(tx, _MADE, receipt.made)
        _set(tx, _HOLDS, receipt.holds or 0)
    return moved


def heard(reading: Reading) -> int:
    """Return when the newest receipt that came was made, by the hub's clock; 0: none came."""
    rows = reading.read("select value from meta where key = ?", (_MADE,))
    return int(str(rows[0][0])) if rows else 0


def is_news(reading: Reading, holds: int) -> bool:
    """
    Tell whether the hub is to hear that this edge *holds* that of its control.

    So it is before the first word of it, which may only come by a receipt, and where the
    newest receipt shows that it does not know.
    """
    rows = reading.read("select key, value from meta where key in (?, ?)", (_MADE, _HOLDS))
    told = {str(key): int(str(value)) for key, value in rows}
    return holds > told.get(_HOLDS, 0) if _MADE in told else holds == 0


def take_control(folder: Path, keys: EdgeKeys, sheets: list[Signed]) -> int:
    """Keep what the hub tells its edges; return how many sheets were new."""
    if not sheets or keys.hub is None:
        return 0
    book = ControlBook(folder)
    new = 0
    for sheet in sorted(sheets, key=lambda one: one.rev):
        try:
            new += book.take(sheet, node=keys.node, verify=keys.hub.verify).verdict == "next"
        except BadControl as error:
            raise BadBundle("altered", f"its control is refused: {error}") from error
    return new


def _trusted(keys: EdgeKeys) -> set[bytes]:
    if keys.hub is None:
        raise BadBundle("unknown", "this edge knows no hub; enroll it: flowback enroll --help")
    if not keys.hub.verify:
        raise BadBundle(
            "unknown",
            "this edge has an old card of its hub, without the key by which receipts are known:"
            " `flowback enroll card` at the hub, then `flowback enroll trust` here",
        )
    return {verify_bytes(one) for one in keys.hub.verify}


def _decode(plain: list[bytes], node: str) -> Opened:
    if not plain:
        raise BadBundle("altered", "it says nothing; import the bundle again at the hub")
    receipt = form.unpack(plain[0], Receipt)
    if receipt.node != node:
        raise BadBundle("unknown", f"it is for another edge, {receipt.node}")
    return Opened(receipt, [form.unpack(one, Signed) for one in plain[1:]])


def _hold(tx: Transaction, origin: Origin, held: Held, moved: Moved, *, newer: bool) -> None:
    """Let one lane's cursor come up to the hub's."""
    lane, seq = held.cursor.lane, held.cursor.seq
    before = tx.cursor(HUB, origin, lane)
    now = int(time.time() * 1000)
    for refused in held.refused:
        for row in _rows(tx, origin, lane, max(refused.lo, before + 1), min(refused.hi, seq)):
            quarantine(tx, origin, lane, row, refused.why, at=now)
            moved.refused += 1
    acknowledge(tx, origin, lane, seq)
    moved.entries += max(0, seq - before)
    if not newer:
        return
    key = f"{LACKS}.{origin.epoch}.{lane}"
    if seq < before:
        _set(tx, key, seq)
        moved.lacks += before - seq
    else:
        tx.connection.execute("delete from meta where key = ?", (key,))


def _begin_anew(tx: Transaction, origin: Origin, lanes: list[Held], moved: Moved) -> None:
    """Give what the hub does not know new numbers, and send the old ones no more (fault 17)."""
    if origin == tx.own:
        marks = epochs.since(tx)
        same = {held.cursor.lane: held.same for held in lanes if held.same}
        epochs.fork(tx, {lane: max(seq, marks.get(lane, 0)) for lane, seq in same.items()})
        moved.forked = True
    epochs.settle(tx, origin)


def _is_lost(tx: Transaction, origin: Origin, held: Held) -> bool:
    """Tell whether the hub's newest entry of a lane is none of this journal's."""
    cursor = held.cursor
    if cursor.seq > tx.head(origin, cursor.lane):
        return True
    row = tx.connection.execute(
        "select generation, hash from entry where origin = ? and lane = ? and seq = ?",
        (tx.origin_id(origin), cursor.lane, cursor.seq),
    ).fetchone()
    return bool(cursor.hash and row and row[0] == cursor.generation and row[1] != cursor.hash)


def _rows(tx: Transaction, origin: Origin, lane: int, lo: int, hi: int) -> list[int]:
    rows = tx.connection.execute(
        "select seq from entry where origin = ? and lane = ? and seq between ? and ?",
        (tx.origin_id(origin), lane, lo, hi),
    )
    return [int(seq) for (seq,) in rows.fetchall()]


def _is_known(tx: Transaction, origin: Origin) -> bool:
    sql = "select 1 from origin where node = ? and epoch = ?"
    return bool(tx.connection.execute(sql, (origin.node, origin.epoch)).fetchone())


def _meta(tx: Transaction, key: str) -> int:
    row = tx.connection.execute("select value from meta where key = ?", (key,)).fetchone()
    return int(row[0]) if row else 0


def _set(tx: Transaction, key: str, value: int) -> None:
    tx.connection.execute("insert or replace into meta values (?, ?)", (key, value))


def plain(moved: Moved) -> dict[str, Any]:
    """Return *moved* as plain data, for a command's answer."""
    found = asdict(moved)
    found["missing"] = [
        {name: getattr(one, name) for name in one.__struct_fields__} for one in moved.missing
    ]
    return found


def audit(moved: Moved) -> dict[str, Any]:
    """Return what the audit log says of *moved*."""
    return {name: value for name, value in asdict(moved).items() if name != "missing"}
