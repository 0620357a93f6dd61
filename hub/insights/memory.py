"""
The groups of one project's comments, kept from run to run and over restarts.

What is saved names texts by a keyed hash. A text that is not heard of for some time is
forgotten; one that comes back sooner, as in a rebuild of the analytics, has its id again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from ai.clusters.labels import titles
from ai.clusters.stable import Change, Clusters, Ledger
from ai.vectors.encoder import Encoder
from hub.insights.draft import about, id_of


class _Saved(msgspec.Struct):
    """A ledger as it is saved: hashes instead of texts."""

    level: int
    tick: int
    since: int
    next: int
    ids: list[tuple[str, int, int]]
    """Hash, id, when last heard of (ms); oldest text first."""
    base: list[str]
    pins: dict[str, int]
    names: dict[int, str]
    history: list[Change]
    doubts: dict[int, int]


class Memory:
    """
    The groups of *project*; *saved* is what :meth:`body` gave. *keep* in ms.

    *encoder* decides the level; where another one made what was saved, all is grouped
    anew: vectors of two levels never meet.
    """

    def __init__(
        self, project: str, encoder: Encoder | None, saved: str | None, *, keep: int
    ) -> None:
        self._project = project
        self._encoder = encoder
        self._keep = keep
        self.level = encoder.level if encoder else 0
        self._saved = msgspec.json.decode(saved, type=_Saved) if saved else None
        self._heard: dict[str, int] = {}
        self._absent: dict[str, tuple[int, int]] = {}
        self._absent_pins: dict[str, int] = {}
        self._labels: dict[int, tuple[str, ...]] | None = None
        self.clusters = Clusters(Ledger(), encoder)
        self.rebuilt = False
        """Whether the last look grouped anew because the level changed."""
        self._now = 0
        self._held: AbstractSet[str] = frozenset()

    @property
    def ledger(self) -> Ledger:
        """The ledger of what is known now."""
        return self.clusters.ledger

    def expect(self, now: int, held: AbstractSet[str] = frozenset()) -> None:
        """Set the moment of the next look, and the insights that people work with."""
        self._now, self._held = now, held

    def group(self, texts: Iterable[str]) -> Mapping[str, int]:
        """Take in all of the period's *texts*, oldest first; return the group of each."""
        now = self._now
        current = list(dict.fromkeys(texts))
        self.rebuilt = False
        if self._saved is not None:
            self._restore(self._saved, current)
            self._saved = None
        ledger = self.ledger
        present = set(current)
        gone = [text for text in ledger.ids if text not in present]
        for text in gone:
            mark = self._mark(text)
            self._absent[mark] = (ledger.ids[text], self._heard.get(mark, now))
            if text in ledger.pins:
                self._absent_pins[mark] = ledger.pins[text]
        if gone:
            self.clusters.forget(gone)
        self._return(text for text in current if text not in ledger.ids)
        self._heard = {self._mark(text): now for text in current}
        self._drop_old(now)
        if self.rebuilt and ledger.ids:
            self.clusters.rebuild()
        living = {*ledger.ids.values()}
        held = {id_ for id_ in living if self.insight(id_) in self._held or id_ in ledger.names}
        self.clusters.add(current, held)
        self._labels = None
        return dict(ledger.ids)

    def insight(self, group: int) -> str:
        """Return the id of a group's insight."""
        return id_of(self._project, about(group))

    def of_insight(self, insight: str) -> int | None:
        """Return the living group of an insight."""
        living = sorted({*self.ledger.ids.values()})
        return next((id_ for id_ in living if self.insight(id_) == insight), None)

    def name(self, group: int, name: str) -> None:
        """Give a group the *name* that people chose; its texts stay in it. Empty: none."""
        if not name:
            self.ledger.names.pop(group, None)
            return
        self.ledger.names[group] = name
        self.ledger.pins.update(dict.fromkeys(self.ledger.members(group), group))

    def typical(self, group: int) -> Sequence[str]:
        """Return the texts of a group, the most typical first."""
        return self.clusters.typical(group)

    def label(self, group: int) -> tuple[str, ...]:
        """Return words that set a group apart from the others."""
        if self._labels is None:
            ids = self.ledger.ids
            self._labels = titles([*ids], [*ids.values()])
        return self._labels.get(group, ())

    def coarse(self) -> tuple[dict[int, int], dict[int, tuple[str, ...]]]:
        """Return group → coarser group, and coarser group → words that set it apart."""
        of = self.clusters.coarse
        ids = self.ledger.ids
        return of, titles([*ids], [of.get(id_, id_) for id_ in ids.values()])

    def lineage(self, group: int) -> list[Change]:
        """Return the lines of the history that name *group*."""
        return [one for one in self.ledger.history if group in (one.id, one.other)]

    def body(self) -> str:
        """Return all as text to be saved."""
        ledger = self.ledger
        marks = {text: self._mark(text) for text in ledger.ids}
        saved = _Saved(
            level=self.level,
            tick=ledger.tick,
            since=ledger.since,
            next=ledger.next,
            ids=[
                *((mark, id_, heard) for mark, (id_, heard) in self._absent.items()),
                *((marks[t], id_, self._heard.get(marks[t], 0)) for t, id_ in ledger.ids.items()),
            ],
            base=[marks[text] for text in ledger.base],
            pins={
                **self._absent_pins,
                **{marks[text]: id_ for text, id_ in ledger.pins.items() if text in marks},
            },
            names=ledger.names,
            history=ledger.history,
            doubts=ledger.doubts,
        )
        return msgspec.json.encode(saved).decode()

    def _restore(self, saved: _Saved, texts: Sequence[str]) -> None:
        by_mark = {self._mark(text): text for text in texts}
        ledger = Ledger(
            names=saved.names,
            history=saved.history,
            base=[by_mark[mark] for mark in saved.base if mark in by_mark],
            doubts=saved.doubts,
            tick=saved.tick,
            since=saved.since,
            next=saved.next,
        )
        for mark, id_, heard in saved.ids:
            self._heard[mark] = heard
            if mark in by_mark:
                ledger.ids[by_mark[mark]] = id_
            else:
                self._absent[mark] = (id_, heard)
        for mark, id_ in saved.pins.items():
            if mark in by_mark:
                ledger.pins[by_mark[mark]] = id_
            else:
                self._absent_pins[mark] = id_
        self.clusters = Clusters(ledger, self._encoder)
        self.rebuilt = saved.level != self.level

    def _return(self, texts: Iterable[str]) -> None:
        """Give texts that were away their ids again."""
        for text in texts:
            mark = self._mark(text)
            if mark in self._absent:
                self.ledger.ids[text] = self._absent.pop(mark)[0]
            if mark in self._absent_pins:
                self.ledger.pins[text] = self._absent_pins.pop(mark)

    def _drop_old(self, now: int) -> None:
        old = [mark for mark, (_, heard) in self._absent.items() if heard < now - self._keep]
        for mark in old:
            del self._absent[mark]
            self._absent_pins.pop(mark, None)

    def _mark(self, text: str) -> str:
        data, key = text.encode("utf-8", "replace"), self._project.encode()[:64]
        return hashlib.blake2b(data, digest_size=12, key=key).hexdigest()
