"""
What is kept of a session in memory: as much as its journey follows from, and no more.

Most events only say that somebody was there: of these a story keeps when, where, and no
event. :func:`~hub.projections.journey.fold` says what a journey is; a story comes to the
same rows, in whatever order and in however many pieces the events are added. What it
cannot take in so it refuses (:attr:`Story.lost`): then it is made anew of all its items.
"""

from collections.abc import Iterable, Sequence

from hub.bus.messages import Block, EntryName, Item
from hub.projections.journey import (
    MAX_RAW,
    MOVES,
    TELLING,
    Journey,
    Labels,
    Order,
    Presence,
    Trace,
    fold,
    tell,
)
from hub.projections.table import bucket_of


class Story:
    """One session. *width* of a bucket in ms."""

    __slots__ = ("_sides", "_width", "entries", "lost", "news", "project", "session")

    def __init__(self, project: str, session: str, width: int) -> None:
        self.project = project
        self.session = session
        self._width = width
        self._sides: dict[bool, _Side] = {}
        self.entries: set[EntryName] = set()
        """Entries of which it has events: what comes again is not counted again."""
        self.lost = False
        """It cannot say any more what it would say of all its items."""
        self.news = False
        """Something was added since :meth:`journey` was asked."""

    @property
    def size(self) -> int:
        """How much it remembers, in things of about 200 bytes."""
        return 1 + len(self.entries) + sum(side.size for side in self._sides.values())

    def add(self, items: Iterable[Item], blocks: Iterable[Block]) -> None:
        """Take in what is new of the session."""
        for item in items:
            self.entries.add(item.key[:4])  # type: ignore[arg-type]
            self.news = True
            if item.topic == "raw" and item.what not in TELLING:
                self._side(item.verified).add_quiet_item(item)
            else:
                self._side(item.verified).add(item)
        for block in blocks:
            self.entries.add(block.entry)
            self.news |= self._side(block.stamp.verified).add_block(block)
        self.lost |= any(side.lost for side in self._sides.values())

    def rebuild(self, items: Sequence[Item]) -> None:
        """Make it anew of all items of the session."""
        self._sides.clear()
        self.entries.clear()
        self.lost = False
        for verified in {item.verified for item in items}:
            side = self._side(verified)
            side.cut = _cut([item for item in items if item.verified == verified])
        self.add(items, ())
        self.news = True

    def journey(self) -> Journey:
        """Return what follows from all that was added."""
        self.news = False
        side = self._sides.get(True) or self._sides.get(False)
        if side is None:
            return fold(())
        return tell(
            side.items,
            (self.project, self.session),
            verified=True in self._sides,
            presence=side.seen,
            labels=side.labels.items(),
            traces=side.traces or (),
        )

    def _side(self, verified: bool) -> "_Side":  # noqa: FBT001 - it is the key
        side = self._sides.get(verified)
        if side is None:
            side = self._sides[verified] = _Side(self._width)
        return side


class _Side:
    """The verified, or the unverified, events of a session: they never tell one story."""

    __slots__ = ("_width", "cut", "heard", "items", "labels", "lost", "seen", "traces")

    def __init__(self, width: int) -> None:
        self._width = width
        self.items: list[Item] = []
        """What tells; of what a browser made none behind the cut."""
        self.seen: set[Presence] = set()
        self.labels: dict[Labels, Order] = {}
        """Labels of quiet events → the first of them."""
        self.traces: list[Trace] | None = []
        """Pages of quiet events; None once there is a move, which tells more."""
        self.heard = 0
        """Events that a browser made."""
        self.cut: Order | None = None
        """The last event that is looked at, where there are more than MAX_RAW."""
        self.lost = False

    @property
    def size(self) -> int:
        return len(self.items) * 5 + len(self.seen) + len(self.traces or ())

    def add(self, item: Item) -> None:
        if not item.id and self._is_late(item.order):
            return
        self.items.append(item)
        if item.what in MOVES and item.topic == "raw" and item.page:
            self.traces = None

    def add_quiet_item(self, item: Item) -> None:
        if self._is_late(item.order):
            return
        place = (bucket_of(item.moment, self._width), item.page, item.target, item.name)
        self.seen.add(place)
        self._label((item.device, item.cohort, item.region, item.site), item.order)
        if self.traces is not None and item.page:
            self.traces.append((item.order, item.page))

    def add_block(self, block: Block) -> bool:
        """Take a block in; return whether it changes anything."""
        if self.cut is not None or self.heard + len(block) > MAX_RAW:
            before = len(self.seen)
            for item in block.items():
                self.add_quiet_item(item)
            return len(self.seen) > before or self.lost
        self.heard += len(block)
        width, before = self._width, len(self.seen)
        buckets = [moment - moment % width for moment in block.moments]
        self.seen.update(zip(buckets, block.pages, block.targets, block.names, strict=True))
        stamp = block.stamp
        labels = (stamp.device, stamp.cohort, stamp.region, stamp.site)
        news = self._label(labels, _first(block)) or len(self.seen) > before
        if self.traces is not None:
            pages = zip(_orders(block), block.pages, strict=True)
            self.traces += [(order, page) for order, page in pages if page]
            return True
        return news

    def _label(self, labels: Labels, order: Order) -> bool:
        known = self.labels.get(labels)
        if known is not None and known <= order:
            return False
        self.labels[labels] = order
        return True

    def _is_late(self, order: Order) -> bool:
        """Tell whether an event lies behind the cut; count those that do not."""
        if self.cut is not None and order > self.cut:
            return True
        self.heard += 1
        self.lost |= self.heard > MAX_RAW
        return False


def _cut(items: Iterable[Item]) -> Order | None:
    """Return the order of the last event that is looked at; None: of all."""
    orders = sorted(item.order for item in items if not item.id)
    return orders[MAX_RAW - 1] if len(orders) > MAX_RAW else None


def _first(block: Block) -> Order:
    moment, n, place = min(zip(block.moments, block.numbers, block.places, strict=True))
    return (moment, block.stamp.stream or "", n, "", (*block.entry, place))


def _orders(block: Block) -> Iterable[Order]:
    stream, entry = block.stamp.stream or "", block.entry
    for moment, n, place in zip(block.moments, block.numbers, block.places, strict=True):
        yield (moment, stream, n, "", (*entry, place))
