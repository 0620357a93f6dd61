"""
A session's story: its events in order of time, whatever the order of arrival.

:func:`fold` is a pure function of the set of a session's items, so that a late event,
another lane or a replay changes nothing but what it adds.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from edge.detect.friction import friction
from hub.bus.messages import Item

STEPS_BACK = ("backtrack", "quick_back")
MOVES = ("nav", "backtrack")
TELLING = frozenset({*MOVES, "click", "prompt"})
"""Raw events that a story needs one by one; of the quiet others only where and when."""
MAX_RAW = 5_000
"""Raw events of one session that are looked at, the earliest first: a flood stays bounded."""

Order = tuple[Any, ...]
"""What :attr:`Item.order` says."""
Presence = tuple[int, str, str, str]
"""Bucket, page, target and name of quiet events."""
Labels = tuple[str, str, str, str]
"""Device, cohort, region, site."""
Trace = tuple[Order, str]
"""A quiet event and its page."""


class Link(NamedTuple):
    """A move from one page to another."""

    moment: int
    source: str
    target: str
    back: bool


@dataclass(frozen=True)
class Journey:
    """One session: its effective items in order, and what follows from them."""

    project: str
    session: str
    items: tuple[Item, ...]
    """Sorted; the highest revision of each derived event; voids left out."""
    verified: bool
    """Its events came with an allowed Origin. Others count towards nothing."""
    presence: frozenset[Presence] = frozenset()
    """Where and when there were quiet events that are not among the items."""
    labels: tuple[tuple[Order, Labels], ...] = ()
    """Labels of these, with the first event of each, in order."""
    traces: tuple[Trace, ...] = ()
    """Their pages in order; needed only where nothing moves."""

    @cached_property
    def counted(self) -> bool:
        """Whether the session belongs into any figure: verified, and no known bot."""
        return self.verified and bool(self._devices) and "bot" not in self._devices

    @cached_property
    def _devices(self) -> set[str]:
        return {item.device for item in self.items} | {labels[0] for _, labels in self.labels}

    @cached_property
    def device(self) -> str:
        """Device class."""
        return self._first(0)

    @cached_property
    def cohort(self) -> str:
        """Cohort label."""
        return self._first(1)

    @cached_property
    def region(self) -> str:
        """Region."""
        return self._first(2)

    @cached_property
    def site(self) -> str:
        """Site of the edge."""
        return self._first(3)

    @cached_property
    def signals(self) -> tuple[Item, ...]:
        """The patterns that the detectors found."""
        return tuple(item for item in self.items if item.topic == "signal")

    @cached_property
    def counts(self) -> dict[str, int]:
        """Signal → how often."""
        return dict(sorted(Counter(item.what for item in self.signals).items()))

    @cached_property
    def friction(self) -> tuple[float, dict[str, float]]:
        """Score of the whole session, and weight x count per signal."""
        found = friction(self.counts)
        return found.score, found.contributions

    @cached_property
    def path(self) -> tuple[str, ...]:
        """Pages in the order they were visited, one after the other never the same."""
        first = self._moves[0].page if self._moves else ""
        return (first, *(link.target for link in self.links)) if first else ()

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Moves between pages. A backtrack, or a history traversal, goes ``back``."""
        found: list[Link] = []
        page = ""
        for move in self._moves:
            if page and move.page != page:
                found.append(Link(move.moment, page, move.page, move.back))
            elif move.back and found and move.what == "backtrack":
                found[-1] = found[-1]._replace(back=True)
            page = move.page
        return tuple(found)

    @cached_property
    def _moves(self) -> tuple["_Move", ...]:
        raw = [item for item in self.items if item.topic == "raw" and item.page]
        moves = [item for item in raw if item.what in MOVES]
        if moves:
            return tuple(_Move(i.moment, i.page, i.what, _goes_back(i)) for i in moves)
        # The older form of the wire has no navigation: then every event tells its page.
        traces = sorted([*((item.order, item.page) for item in raw), *self.traces])
        return tuple(_Move(order[0], page, "", back=False) for order, page in traces)

    def _first(self, label: int) -> str:
        """Return the first device (0), cohort, region or site (3) that an event has."""
        field = ("device", "cohort", "region", "site")[label]
        quiet = next(((order, of[label]) for order, of in self.labels if of[label]), None)
        for item in self.items:
            if quiet is not None and quiet[0] < item.order:
                break
            if found := str(getattr(item, field)):
                return found
        return quiet[1] if quiet else ""


class _Move(NamedTuple):
    moment: int
    page: str
    what: str
    back: bool


def _goes_back(item: Item) -> bool:
    return item.what == "backtrack" or detail(item).get("how") == "traverse"


def fold(items: Iterable[Item]) -> Journey:
    """
    Return the journey of one session's *items*, given in any order.

    Where verified and unverified events carry one session id, only the verified
    ones tell its story: an id is no proof.
    """
    given = list(items)
    visitor = (given[0].project, given[0].session) if given else ("", "")
    verified = any(item.verified for item in given)
    heard = [item for item in given if item.verified or not verified]
    return tell(heard, visitor, verified=verified)


def tell(
    items: Iterable[Item],
    visitor: tuple[str, str],
    *,
    verified: bool,
    presence: Iterable[Presence] = (),
    labels: Iterable[tuple[Labels, Order]] = (),
    traces: Iterable[Trace] = (),
) -> Journey:
    """Return the journey of *items* that tell one story, and of quiet events beside them."""
    heard = list(items)
    browser = sorted((i for i in heard if not i.id), key=lambda item: item.order)
    browser = browser[:MAX_RAW]
    kept = [*browser, *_on_page_left(_latest(item for item in heard if item.id), browser)]
    kept.sort(key=lambda item: item.order)
    return Journey(
        *visitor,
        tuple(kept),
        verified,
        frozenset(presence),
        tuple(sorted((order, of) for of, order in labels)),
        tuple(traces),
    )


def detail(item: Item) -> dict[str, Any]:
    """Return what only this kind of event has."""
    found: dict[str, Any] = json.loads(item.extra) if item.extra else {}
    return found


def _on_page_left(derived: list[Item], browser: list[Item]) -> list[Item]:
    """Put each step back on the page that was left: it is that page that did not serve."""
    origins = {
        f"{item.stream}:{item.n}": str(detail(item).get("origin", ""))
        for item in browser
        if item.what == "backtrack"
    }
    return [_left(item, origins) if item.what in STEPS_BACK else item for item in derived]


def _left(item: Item, origins: Mapping[str, str]) -> Item:
    known = (origins.get(event) for event in detail(item).get("evidence", ()))
    page = next(filter(None, known), "")
    return item._replace(page=page) if page else item


def _latest(items: Iterable[Item]) -> list[Item]:
    """Keep the highest revision of each derived event; what was withdrawn goes."""
    newest: dict[str, Item] = {}
    for item in items:
        known = newest.get(item.id)
        if known is None or (item.revision, item.key) > (known.revision, known.key):
            newest[item.id] = item
    return [item for item in newest.values() if not item.void]
