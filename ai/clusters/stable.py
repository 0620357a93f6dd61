"""
Groups that keep their names from batch to batch.

Between consolidations a new text joins the nearest living group, or those that are left
over found new ones. A consolidation clusters the newest texts and some that stand for
the older ones anew; a group keeps the id of the living one that it shares most texts
with, and what was merged or split is written down. What people have merged or split
stays as they said.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ai.clusters.group import FINE, Groups, group
from ai.clusters.labels import quotes
from ai.clusters.matching import match
from ai.clusters.smooth import NEIGHBOURS, PULL, SHARPNESS, unit
from ai.clusters.tree import average
from ai.vectors.encoder import Encoder

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

WINDOW = 5000
"""Newest texts that are clustered anew at a consolidation."""
WITNESSES = 20
"""Older texts of each living group beside them, so that it is found again."""
EVERY = 10
"""Ticks between consolidations, at most."""
GROWTH = 0.1
"""Share of new texts that brings a consolidation earlier."""
NEAR = 0.5
"""Cosine to a living group's middle from which a new text joins it."""
PATIENCE = 2
"""Consolidations that must agree before a group that people work with goes."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the history: *id* was merged into *other*, split from it, or went."""

    tick: int
    id: int
    kind: Literal["merged_into", "split_from", "retired"]
    other: int | None = None


@dataclass(slots=True)
class Ledger:
    """Which text has which id, and how it came to be. Plain data, to be stored as it is."""

    ids: dict[str, int] = field(default_factory=dict)
    """Text → id, oldest text first."""
    pins: dict[str, int] = field(default_factory=dict)
    """Text → the id that people gave it."""
    names: dict[int, str] = field(default_factory=dict)
    """Id → the name that people gave it."""
    history: list[Change] = field(default_factory=list)
    base: list[str] = field(default_factory=list)
    """The texts of the last consolidation, from which the space was learnt."""
    doubts: dict[int, int] = field(default_factory=dict)
    """Held id → consolidations that did not find it again."""
    tick: int = 0
    since: int = 0
    """Ticks since the last consolidation."""
    next: int = 1

    def members(self, id_: int) -> list[str]:
        """Return the texts of a group, oldest first."""
        return [text for text, other in self.ids.items() if other == id_]


class Clusters:
    """The living groups of one project. *ledger* is changed in place."""

    def __init__(self, ledger: Ledger, encoder: Encoder | None = None) -> None:
        self.ledger = ledger
        self._encoder = encoder
        self._found: Groups | None = None

    @property
    def coarse(self) -> dict[int, int]:
        """Return id → the least id of the coarser group that it lies in, of the last cut."""
        found = self._known()
        owners = [self.ledger.ids[text] for text in found.texts]
        least: dict[int, int] = {}
        votes: dict[int, Counter[int]] = {}
        for owner, number in zip(owners, found.coarse.tolist(), strict=True):
            least[number] = min(owner, least.get(number, owner))
            votes.setdefault(owner, Counter())[number] += 1
        return {
            id_: least[min(count, key=lambda number: (-count[number], number))]
            for id_, count in votes.items()
        }

    def typical(self, id_: int) -> list[str]:
        """Return the texts of a group, the most typical first; newer ones are compared later."""
        members = self.ledger.members(id_)
        found = self._known()
        rows = {text: row for row, text in enumerate(found.texts)}
        known = [text for text in members if text in rows]
        best = quotes(known, found.smoothed[[rows[text] for text in known]]) if known else []
        return best + [text for text in members if text not in rows]

    def rebuild(self) -> None:
        """Cluster all texts anew, as another level of understanding wants; ids follow."""
        self._found = None
        self.consolidate(whole=True)

    def add(self, texts: Iterable[str], held: AbstractSet[int] = frozenset()) -> None:
        """Take in a tick's *texts*; *held* are the ids that people are working with."""
        ledger = self.ledger
        new = sorted({text for text in texts if text not in ledger.ids})
        ledger.tick += 1
        ledger.since += 1
        grown = len(ledger.ids) + len(new) - len(ledger.base)
        due = ledger.since >= EVERY or grown > GROWTH * len(ledger.base)
        if due and (new or grown):
            self.consolidate(new, held)
        elif new:
            self._assign(new)

    def forget(self, texts: Iterable[str]) -> None:
        """Let *texts* go, as retention or erasure wants."""
        for text in texts:
            self.ledger.ids.pop(text, None)
            self.ledger.pins.pop(text, None)
        self.ledger.base = [text for text in self.ledger.base if text in self.ledger.ids]
        self._found = None

    def merge(self, id_: int, into: int) -> None:
        """Let the texts of *id_* be *into*'s from now on, because people say so."""
        for text in self.ledger.members(id_) + self.ledger.members(into):
            self.ledger.ids[text] = self.ledger.pins[text] = into
        self._log(id_, "merged_into", into)

    def split(self, id_: int, texts: Iterable[str]) -> int:
        """Set *texts* of *id_* apart because people say so; return their id."""
        apart = self._new()
        chosen = set(texts)
        for text in self.ledger.members(id_):
            self.ledger.ids[text] = self.ledger.pins[text] = apart if text in chosen else id_
        self._log(apart, "split_from", id_)
        return apart

    def consolidate(
        self,
        new: Sequence[str] = (),
        held: AbstractSet[int] = frozenset(),
        *,
        whole: bool = False,
    ) -> None:
        """Cluster anew, the *whole* or its window; ids follow by the texts that groups share."""
        ledger = self.ledger
        before = dict(ledger.ids)
        window = [*ledger.ids] if whole else self._window(len(new))
        self._found = found = group([*window, *new], self._encoder)
        parts = self._pinned(found)
        rows = [{found.texts[row] for row in part} for part in parts.values()]
        living: dict[int, set[str]] = {}
        for text in found.texts:
            if text in before:
                living.setdefault(before[text], set()).add(text)
        fixed = [key if key > 0 else None for key in parts]
        names = match(rows, living, fixed)
        for texts, name in zip(rows, names, strict=True):
            id_ = name or self._new()
            ledger.ids.update(dict.fromkeys(sorted(texts), id_))
        self._keep_held(before, held)
        self._lineage(before)
        ledger.base = [*found.texts]
        ledger.since = 0

    def _window(self, new: int) -> list[str]:
        """Return the newest texts, and for each group some of its older ones."""
        texts = [*self.ledger.ids]
        cut = max(0, len(texts) + new - WINDOW)
        witnesses: dict[int, list[str]] = {}
        for text in reversed(texts[:cut]):
            known = witnesses.setdefault(self.ledger.ids[text], [])
            if len(known) < WITNESSES:
                known.append(text)
        return [text for known in witnesses.values() for text in known] + texts[cut:]

    def _pinned(self, found: Groups) -> dict[int, list[int]]:
        """Return id given by people, or minus a number → rows of a group."""
        parts: dict[int, list[int]] = {}
        pins = self.ledger.pins
        for number in range(int(found.fine.max(initial=-1)) + 1):
            rows = found.members(number)
            said = Counter(pins[found.texts[r]] for r in rows if found.texts[r] in pins)
            most = min(said, key=lambda pin: (-said[pin], pin)) if said else 0
            rest = most if 2 * said[most] > len(rows) else -1 - number
            for row in rows:
                parts.setdefault(pins.get(found.texts[row], rest), []).append(row)
        return parts

    def _keep_held(self, before: dict[str, int], held: AbstractSet[int]) -> None:
        """Give a held group that was not found again its texts back, for the first time."""
        ledger = self.ledger
        living = set(ledger.ids.values())
        for id_ in sorted(held):
            lost = id_ in before.values() and id_ not in living
            ledger.doubts[id_] = ledger.doubts.get(id_, 0) + 1 if lost else 0
            if lost and ledger.doubts[id_] < PATIENCE:
                ledger.ids.update({text: id_ for text, was in before.items() if was == id_})
        ledger.doubts = {id_: count for id_, count in ledger.doubts.items() if count}

    def _lineage(self, before: dict[str, int]) -> None:
        after = self.ledger.ids
        old, new = set(before.values()), set(after.values())
        moves = Counter((was, after[text]) for text, was in before.items() if after[text] != was)
        for gone in sorted(old - new):
            heirs = [(count, -to) for (was, to), count in moves.items() if was == gone]
            self._log(gone, "merged_into", -max(heirs)[1])
        for born in sorted(new - old):
            parents = [(count, -was) for (was, to), count in moves.items() if to == born]
            if parents:
                self._log(born, "split_from", -max(parents)[1])

    def _assign(self, new: list[str]) -> None:
        ledger = self.ledger
        found = self._known()
        vectors = found.space.vectors(new)
        drawn = _drawn(vectors, found)
        ids, middles = _middles(found, [ledger.ids[text] for text in found.texts])
        near = drawn @ middles.T if len(ids) else np.full((len(new), 1), -1, dtype=np.float32)
        best = near.argmax(axis=1)
        joins = near[np.arange(len(new)), best] >= NEAR
        for row in np.flatnonzero(joins).tolist():
            ledger.ids[new[row]] = ids[best[row]]
        left = np.flatnonzero(~joins)
        self._pending([new[row] for row in left], vectors[left])

    def _pending(self, texts: list[str], vectors: Floats) -> None:
        """Let what is left over found groups of its own."""
        labels = average(vectors).cut(FINE) if len(texts) > 1 else np.zeros(len(texts), np.int64)
        for label in range(int(labels.max(initial=-1)) + 1):
            id_ = self._new()
            for row in np.flatnonzero(labels == label).tolist():
                self.ledger.ids[texts[row]] = id_

    def _known(self) -> Groups:
        """Return the last consolidation, found again from its texts after a restart."""
        if self._found is None:
            self._found = group(self.ledger.base, self._encoder)
        return self._found

    def _new(self) -> int:
        self.ledger.next += 1
        return self.ledger.next - 1

    def _log(
        self, id_: int, kind: Literal["merged_into", "split_from", "retired"], other: int | None
    ) -> None:
        self.ledger.history.append(Change(self.ledger.tick, id_, kind, other))


def _drawn(vectors: Floats, found: Groups) -> Floats:
    """Return *vectors* drawn to their neighbours among what was found, as those were."""
    count = min(NEIGHBOURS, len(found.texts) // 4)
    if count == 0:
        return vectors
    cosines = vectors @ found.vectors.T
    near = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    weights = np.maximum(np.take_along_axis(cosines, near, axis=1), 0) ** SHARPNESS
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.float32(1e-12))
    pulled = np.einsum("ij,ijk->ik", weights, found.smoothed[near])
    return unit(vectors + np.float32(PULL) * pulled)


def _middles(found: Groups, owners: Sequence[int]) -> tuple[list[int], Floats]:
    ids = sorted(set(owners))
    numbers = {id_: n for n, id_ in enumerate(ids)}
    rows = np.array([numbers[owner] for owner in owners], dtype=np.int64)
    sums = np.zeros((len(ids), found.smoothed.shape[1]), dtype=np.float32)
    np.add.at(sums, rows, found.smoothed)
    return ids, unit(sums)
