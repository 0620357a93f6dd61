"""The hub's receipt: what it holds of an edge, signed by the hub and sealed to that edge."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edge import VERSION
from edge.bundle import files
from edge.bundle.export import FOLDER
from edge.journal.entry import Origin
from edge.journal.reading import Reading
from edge.keys import HubKeys, Keyring
from edge.keys.curve import public_bytes
from edge.keys.signing import sign_bytes, verify_bytes, verify_key
from edge.protocol.bundle import form
from edge.protocol.bundle.form import BadBundle
from edge.protocol.bundle.receipt import Held, Receipt, Refused
from edge.protocol.bundle.writing import Signer, Writer
from edge.protocol.control import Signed
from edge.protocol.frames import Errand
from hub.bundles import ledger
from hub.inlet.inbox import CURSOR, tips

LAST = 2**63 - 1
"""The last moment that a receipt can say."""
MOST_REFUSED = 1000
"""Refused ranges of one lane that a receipt tells, the newest."""
_EPOCHS = "select epoch from origin where node = ? order by id"
_REFUSED = """
select g.lo, g.hi, g.why from gap g join origin o on o.id = g.origin
where o.node = ? and o.epoch = ? and g.lane = ?
and g.why in ('quarantine', 'hash', 'decode', 'too_big') order by g.lo desc limit ?
"""

Errands = Callable[[str], Sequence[Errand]]
Control = Callable[[str, int], Sequence[Signed]]
"""Node and the revision that it has → what it lacks."""
Same = Mapping[tuple[int, int], int]
"""(epoch, lane) → up to where a file that showed a fork is the same at both ends."""


def state(
    inbox: Reading,
    node: str,
    *,
    errands: Errands = lambda _: (),
    same: Same | None = None,
    holds: int | None = None,
    heard: int = 0,
) -> Receipt:
    """
    Return what the hub holds of *node* now, which said that it *holds* that of control.

    The edge had *heard* a receipt made then: this one is newer, whatever the clock says.
    """
    held = []
    for (epoch,) in inbox.read(_EPOCHS, (node,)):
        number = int(str(epoch))
        for cursor in tips(inbox, node, number):
            rows = inbox.read(_REFUSED, (node, number, cursor.lane, MOST_REFUSED))
            refused = [Refused(int(str(lo)), int(str(hi)), str(why)) for lo, hi, why in rows]
            till = (same or {}).get((number, cursor.lane), 0)
            held.append(Held(number, cursor, refused, till))
    known = ledger.files(inbox, node)
    return Receipt(
        node=node,
        made=min(LAST, max(int(time.time() * 1000), heard + 1)),
        held=held,
        files=ledger.came(known),
        missing=ledger.missing(known, cursor_of(inbox, node)),
        errands=list(errands(node)),
        holds=holds,
    )


def issue(data: Path, receipt: Receipt, keyring: Keyring, control: Sequence[Signed] = ()) -> Path:
    """
    Write *receipt* with *control* to the hub's folder, and return where.

    Raises :class:`BadBundle` where the edge has no key that is admitted.
    """
    keys = HubKeys.open(data)
    admitted = [
        one for one in keyring.records() if one.node == receipt.node and one.revoked is None
    ]
    if not admitted:
        raise BadBundle("revoked", "no key of this edge is admitted, so no receipt is written")
    newest = sorted(admitted, key=lambda one: one.made)[-8:]
    writer = Writer(
        "receipt",
        node=receipt.node,
        receivers=[public_bytes(one.key) for one in newest],
        signers=[
            Signer(verify_bytes(verify_key(one)), lambda message, one=one: sign_bytes(one, message))  # type: ignore[misc]
            for one in keys.signing
        ],
        made=receipt.made,
        version=VERSION,
    )
    out = writer.begin() + writer.record(form.pack(receipt))
    for sheet in control:
        out += writer.record(form.pack(sheet))
    path = data / FOLDER / "out" / f"{receipt.node}.fbr"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.write(path, out + writer.end()[0], mode=0o600)
    return path


def cursor_of(inbox: Reading, node: str) -> ledger.CursorOf:
    """Return what tells, of epoch and lane, how far *inbox* holds them."""
    return lambda epoch, lane: inbox.cursor(CURSOR, Origin(node, epoch), lane)
