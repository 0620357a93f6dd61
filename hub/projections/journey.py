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
MAX_RAW = 5_000
"""Raw events of one session that are looked at, the earliest first: a flood stays bounded."""


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

    @cached_property
    def counted(self) -> bool:
        """Whether the session belongs into any figure: verified, and no known bot."""
        return self.verified and bool(self.items) and not any(i.device == "bot" for i in self.items)

    @cached_property
    def device(self) -> str:
        """Device class."""
        return self._first("device")

    @cached_property
    def cohort(self) -> str:
        """Cohort label."""
        return self._first("cohort")

    @cached_property
    def region(self) -> str:
        """Region."""
        return self._first("region")

    @cached_property
    def site(self) -> str:
        """Site of the edge."""
        return self._first("site")

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
        for item in self._moves:
            back = item.what == "backtrack" or detail(item).get("how") == "traverse"
            if page and item.page != page:
                found.append(Link(item.moment, page, item.page, back))
            elif back and found and item.what == "backtrack":
                found[-1] = found[-1]._replace(back=True)
            page = item.page
        return tuple(found)

    @cached_property
    def _moves(self) -> tuple[Item, ...]:
        moves = tuple(
            item
            for item in self.items
            if item.topic == "raw" and item.what in ("nav", "backtrack") and item.page
        )
        # The older form of the wire has no navigation: then every event tells its page.
        return moves or tuple(item for item in self.items if item.topic == "raw" and item.page)

    def _first(self, field: str) -> str:
        return next((found for item in self.items if (found := str(getattr(item, field)))), "")


def fold(items: Iterable[Item]) -> Journey:
    """
    Return the journey of one session's *items*, given in any order.

    Where verified and unverified events carry one session id, only the verified
    ones tell its story: an id is no proof.
    """
    given = list(items)
    project, session = (given[0].project, given[0].session) if given else ("", "")
    verified = any(item.verified for item in given)
    heard = [item for item in given if item.verified or not verified]
    browser = sorted((i for i in heard if not i.id), key=lambda item: item.order)
    browser = browser[:MAX_RAW]
    kept = [*browser, *_on_page_left(_latest(item for item in heard if item.id), browser)]
    kept.sort(key=lambda item: item.order)
    return Journey(project, session, tuple(kept), verified)


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
