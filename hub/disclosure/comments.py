"""
What groups of comments may tell: texts go in to be grouped, groups of k sessions come out.

A comment itself leaves this room in two ways only: to the grouping, which answers with a
number for each text; and as a quote of a group that k sessions stand behind. A session
is "v1", "v2" … within its group, and counts once, however often it writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ai.excess import Voices, joined
from ai.facts import Row
from ai.rules import shareable
from hub.disclosure.cells import Cell
from hub.disclosure.room import Room, Survey
from hub.projections.comments import Comment, written
from hub.projections.rates import who

QUOTES = 20
"""Quotes of a group at most."""


class Grouping(Protocol):
    """What groups texts; it keeps no session."""

    def group(self, texts: Iterable[str]) -> Mapping[str, int]:
        """Return the group of each of *texts*, the oldest of which come first."""
        ...

    def typical(self, group: int) -> Sequence[str]:
        """Return the texts of a group, the most typical first."""
        ...


@dataclass(frozen=True, slots=True)
class Group:
    """A group of comments that k sessions stand behind."""

    id: int
    sessions: int
    before: int | None
    """Sessions in the period before; None where that may not be told."""
    rows: dict[str, Row]
    """Evidence id → session, page, and the text of what may be quoted."""
    quotes: tuple[str, ...]
    """Evidence ids of quotes, the most typical first."""
    pages: tuple[str, ...]
    """Pages on which k of its sessions wrote, most first."""
    changed: bool
    """Whether what may be shown is what there is; else the words of before stand."""


@dataclass(frozen=True, slots=True)
class Told:
    """The groups of a period, and what may be said of them together with trouble."""

    groups: list[Group]
    commenting: tuple[int | None, int | None]
    """Sessions that wrote, now and before; None where that may not be told."""
    ungrouped: int | None
    """Sessions whose comments are in no group that is told; None where that may not be told."""
    _room: Room
    _survey: Survey
    _voices: list[Voices] = field(default_factory=list)

    def beside(
        self, page: str, place: Sequence[str], kind: str
    ) -> list[tuple[int, int, int | None]]:
        """Return (group, its sessions on *page*, those that met *kind* in *place*) to be told."""
        hit = {str(n) for n in who(self._room.reader, self._survey.scope, place, kind)}
        found = joined(page, hit, self._voices)
        return [
            (group, here, both if shareable(both, here, self._survey.k) else None)
            for group, here, both in found
            if here >= self._survey.k
        ]


def told(room: Room, survey: Survey, earlier: Survey, grouping: Grouping, least: int) -> Told:
    """Return the groups of comments that *least* sessions share, most sessions first."""
    now, before = written(room.reader, survey.scope), written(room.reader, earlier.scope)
    ids = grouping.group([comment.text for comment in (*before, *now)])
    mine, past = _by_group(now, ids), _by_group(before, ids)
    cells = [Cell(str(id_), _sessions(found)) for id_, found in sorted(mine.items())]
    shown, _ = room.show(survey, "comments", [c for c in cells if c.sessions >= least])
    k = survey.k
    groups = [_group(int(cell.key), cell.sessions, mine, past, grouping, k) for cell in shown]
    rest = {n.number for id_, some in mine.items() for n in some} - {
        comment.number for one in groups for comment in mine[one.id]
    }
    wrote = [_tellable(_sessions(some), k) for some in (now, before)]
    return Told(
        sorted(groups, key=lambda one: (-one.sessions, one.id)),
        (wrote[0], wrote[1]),
        _tellable(len(rest), k),
        room,
        survey,
        [_voices(one.id, mine[one.id]) for one in groups],
    )


def _by_group(comments: Sequence[Comment], ids: Mapping[str, int]) -> dict[int, list[Comment]]:
    found: dict[int, list[Comment]] = {}
    for comment in comments:
        found.setdefault(ids[comment.text], []).append(comment)
    return found


def _group(
    id_: int,
    shown: int,
    mine: Mapping[int, Sequence[Comment]],
    past: Mapping[int, Sequence[Comment]],
    grouping: Grouping,
    k: int,
) -> Group:
    comments = mine[id_]
    pages = _pages(comments)
    everyone = _sessions(comments)
    open_pages = [page for page, some in pages.items() if shareable(len(some), everyone, k)]
    open_pages.sort(key=lambda page: (-len(pages[page]), page))
    written_now = {comment.text for comment in comments}
    best = [text for text in grouping.typical(id_) if text in written_now][:QUOTES]
    names = {n: f"v{place}" for place, n in enumerate(sorted({c.number for c in comments}), 1)}
    rows: dict[str, Row] = {}
    quoted: dict[str, str] = {}
    for place, comment in enumerate(comments, 1):
        row = {"session": names[comment.number]}
        row["page"] = comment.page if comment.page in open_pages else ""
        if comment.text in best and comment.text not in quoted:
            quoted[comment.text] = f"e{place}"
            row["text"] = comment.text
        rows[f"e{place}"] = row
    return Group(
        id=id_,
        sessions=everyone,
        before=_tellable(_sessions(past.get(id_, ())), k),
        rows=rows,
        quotes=tuple(quoted[text] for text in best),
        pages=tuple(open_pages),
        changed=shown == everyone,
    )


def _pages(comments: Sequence[Comment]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for comment in comments:
        found.setdefault(comment.page, set()).add(comment.number)
    return found


def _voices(id_: int, comments: Sequence[Comment]) -> Voices:
    pages = _pages(comments)
    return Voices(id_, {page: {str(n) for n in numbers} for page, numbers in pages.items()})


def _sessions(comments: Sequence[Comment]) -> int:
    return len({comment.number for comment in comments})


def _tellable(count: int, k: int) -> int | None:
    return count if count == 0 or count >= k else None
