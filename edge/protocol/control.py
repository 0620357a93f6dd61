"""
Control: what a hub lets its edges know and hold, in signed sheets, by wire or by hand.

The hub keeps a log of **items**. Each is about one subject, ``(kind, key)``, and takes
the place of the older ones of that subject; revisions only rise. A **sheet** carries what
one edge lacks: it is made for that node, says behind which revision it goes on, and is
signed as a whole. So nothing of it can be left out, altered, sent again or given to
another edge, on whatever way it travels, and an edge may take sheets twice and in any order.

Nothing here signs or keeps anything: see ``edge.keys.signing`` and ``edge.control_book``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

import msgpack  # type: ignore[import-untyped]
import msgspec
from msgspec import Meta, Struct

from edge.errors import FlowbackError
from edge.protocol.frames import Natural, Node, Seq, Text

MAX_BODY = 256 * 2**10
"""Bytes of one sheet."""
MAX_ITEM = MAX_BODY - 1024
"""Bytes of one item, so that each fits a sheet."""
MAX_ITEMS = 1000
"""Items of one sheet."""

Subject = tuple[str, str]
"""Kind and key: what an item is about."""


class BadControl(FlowbackError):
    """What came as control is not used: it is damaged, not this hub's, or not for this edge."""


class Item(Struct, frozen=True, array_like=True):
    """What holds of one subject from revision ``rev`` on."""

    rev: Seq
    kind: Annotated[str, Meta(min_length=1, max_length=64)]
    """Such as ``project``; an edge that does not know one keeps it for a newer version."""
    key: Text
    """Which one of its kind."""
    needs: Natural
    """Least version of the kind's reader that may use it."""
    value: Any = None
    """Plain data; None: the hub says no more of this subject."""

    @property
    def subject(self) -> Subject:
        """Return kind and key."""
        return self.kind, self.key


class Sheet(Struct, frozen=True, kw_only=True):
    """What one edge lacks, or the next piece of it."""

    node: Node
    """The edge it is made for."""
    after: Natural
    """It goes on behind this revision."""
    rev: Seq
    """Whoever held all up to ``after`` holds all up to here now."""
    items: Annotated[list[Item], Meta(min_length=1, max_length=MAX_ITEMS)]
    """In the order of their revisions."""
    at: Natural = 0
    """When it was made, ms since 1970; orders nothing."""


class Signed(Struct, frozen=True):
    """A sheet as it travels: opaque bytes, and the hub's signature over them."""

    rev: Seq
    """The sheet's own, to sort by; what counts is the one in the body."""
    body: Annotated[bytes, Meta(max_length=MAX_BODY)]
    sig: Annotated[bytes, Meta(min_length=64, max_length=64)]
    """Ed25519 (:func:`edge.keys.signing.sign_control`)."""


Verdict = Literal["next", "old", "early"]


class Taken(NamedTuple):
    """What a sheet says to an edge that holds everything up to some revision."""

    verdict: Verdict
    """``old``: nothing new. ``early``: something before it is missing, so nothing is taken."""
    rev: int
    """What the edge holds everything up to now."""
    items: Sequence[Item]
    """What is new to it, in order."""


def encode(sheet: Sheet) -> bytes:
    """Return the bytes to sign."""
    return bytes(msgpack.packb(msgspec.to_builtins(sheet, builtin_types=(bytes,))))


def decode(body: bytes) -> Sheet:
    """Return the sheet in *body*; keys of a newer version are passed over. Raises BadControl."""
    if len(body) > MAX_BODY:
        raise BadControl(f"a control sheet of {len(body)} bytes is over the limit of {MAX_BODY}")
    try:
        plain = msgpack.unpackb(body, raw=False, strict_map_key=True, max_ext_len=0)
        sheet = msgspec.convert(plain, Sheet, builtin_types=(bytes,))
    except (ValueError, RecursionError) as error:
        raise BadControl(f"a control sheet cannot be read: {error}") from None
    revs = [sheet.after, *(item.rev for item in sheet.items)]
    if any(a >= b for a, b in pairwise(revs)) or revs[-1] != sheet.rev:
        raise BadControl("the revisions of a control sheet do not rise to its own")
    return sheet


def open_signed(signed: Signed, node: str, is_signed: Callable[[bytes, bytes], bool]) -> Sheet:
    """
    Return the sheet in *signed* where it is the hub's, made for *node* and whole.

    *is_signed* tells of body and signature whether they are the trusted hub's; it is
    asked before anything is decoded. Raises :class:`BadControl`.
    """
    if not is_signed(signed.body, signed.sig):
        raise BadControl("a control sheet is not signed by the hub that this edge trusts")
    sheet = decode(signed.body)
    if sheet.node != node:
        raise BadControl("a control sheet was made for another edge")
    return sheet


def take(have: int, sheet: Sheet) -> Taken:
    """Return what *sheet* says to an edge that holds everything up to *have*."""
    if sheet.rev <= have:
        return Taken("old", have, ())
    if sheet.after > have:
        return Taken("early", have, ())
    return Taken("next", sheet.rev, [item for item in sheet.items if item.rev > have])


def compose(
    node: str, have: int, items: Iterable[Item], *, at: int, max_bytes: int = MAX_BODY
) -> Iterator[Sheet]:
    """
    Yield the sheets that bring *node*, which holds everything up to *have*, up to date.

    Of each subject in *items* only the newest is told. A sheet is as large as *max_bytes*
    allow, and holds one item at least.
    """
    after, piece, size = have, list[Item](), 0
    for item in newest(item for item in items if item.rev > have):
        grown = size_of(item)
        if piece and (size + grown > max_bytes - 1024 or len(piece) == MAX_ITEMS):
            yield Sheet(node=node, after=after, rev=piece[-1].rev, items=piece, at=at)
            after, piece, size = piece[-1].rev, [], 0
        piece.append(item)
        size += grown
    if piece:
        yield Sheet(node=node, after=after, rev=piece[-1].rev, items=piece, at=at)


def newest(items: Iterable[Item]) -> list[Item]:
    """Return the newest item of each subject, in the order of their revisions."""
    found: dict[Subject, Item] = {}
    for item in items:
        known = found.get(item.subject)
        if known is None or known.rev < item.rev:
            found[item.subject] = item
    return sorted(found.values(), key=_rev)


def size_of(item: Item) -> int:
    """Return the bytes that *item* takes in a sheet."""
    return len(msgpack.packb(msgspec.to_builtins(item, builtin_types=(bytes,))))


def next_rev(last: int, now_ms: int) -> int:
    """
    Return the revision behind *last*: the moment, or one more where the clock stands behind.

    A hub that was restored from a backup so goes on above what it had given before.
    """
    return max(last + 1, now_ms)


def _rev(item: Item) -> int:
    return item.rev
