"""Groups of comments: their words, their trend, their coarser group, and trouble beside them."""

from dataclasses import dataclass, field, replace

from ai.faithful import trusted
from ai.surplus import beside
from ai.themes import theme
from ai.trend import Trend, trend
from hub.disclosure.comments import Group, Told, told
from hub.disclosure.room import Room, Survey
from hub.insights.draft import Draft, about, numbers_of
from hub.insights.memory import Memory

MOST = 20
"""Groups told at one time."""
STEADY = 0.2
"""Share by which a group may grow or shrink and keep its words and quotes."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Words and quotes that were chosen when so many sessions stood behind a group."""

    sessions: int
    label: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(slots=True)
class Themes:
    """Drafts of the groups of one project, whose words change only when the group does."""

    memory: Memory
    _chosen: dict[int, _Words] = field(default_factory=dict)

    def drafts(
        self, room: Room, survey: Survey, earlier: Survey, *, least: int
    ) -> tuple[list[Draft], Told]:
        """Return the groups as drafts, most sessions first, and what was told of comments."""
        found = told(room, survey, earlier, self.memory, least)
        coarse, names = self.memory.coarse()
        drafts = []
        for group in found.groups[:MOST]:
            wider = coarse.get(group.id, group.id)
            alone = sum(other == wider for other in coarse.values()) < 2
            name = None if alone else " ".join(names.get(wider, ())) or None
            drafts.append(self._draft(group, found, name))
        return drafts, found

    def beside(self, drafts: list[Draft], found: Told) -> list[Draft]:
        """Return *drafts* of places with the comments that share their page and sessions."""
        return [_beside(draft, found) for draft in drafts]

    def _draft(self, group: Group, found: Told, wider: str | None) -> Draft:
        words = self._words(group)
        texts = {str(group.rows[id_]["text"]): id_ for id_ in group.quotes}
        first = [texts[text] for text in words.texts if text in texts]
        quotes = (*first, *(id_ for id_ in group.quotes if id_ not in first))
        rules = theme(words.label, quotes, group.rows, [*group.rows])
        way = _trend(group, found)
        return Draft(
            kind="comments",
            about=about(group.id),
            rules=rules,
            rows=group.rows,
            sessions=group.sessions,
            trend=way,
            pages=group.pages,
            numbers=(*numbers_of(rules), *_before(group)),
            element=" ".join(words.label),
            quotes=quotes,
            level=self.memory.level,
            theme=wider,
            named=self.memory.ledger.names.get(group.id),
            cluster=self._cluster(group),
            changed=group.changed,
        )

    def _words(self, group: Group) -> _Words:
        """Return the words of before, unless the group changed by a fifth or lost a quote."""
        texts = tuple(str(group.rows[id_]["text"]) for id_ in group.quotes)
        old = self._chosen.get(group.id)
        near = old is not None and abs(group.sessions - old.sessions) <= STEADY * old.sessions
        if old is None or not near or not {*old.texts} <= {*texts}:
            old = _Words(group.sessions, self.memory.label(group.id), texts)
            self._chosen[group.id] = old
        return old

    def _cluster(self, group: Group) -> dict[str, object]:
        lines = self.memory.lineage(group.id)
        return {
            "id": group.id,
            "level": self.memory.level,
            "comments": len(group.rows),
            "sessions": group.sessions,
            "words": [*self.memory.label(group.id)],
            "history": [
                {"tick": one.tick, "id": one.id, "kind": one.kind, "other": one.other}
                for one in lines
            ],
        }


def _trend(group: Group, found: Told) -> Trend:
    now, before = found.commenting
    if now is None or before is None or group.before is None:
        return "unclear"
    return trend(group.sessions, now, group.before, before)


def _before(group: Group) -> tuple[tuple[str, float, str], ...]:
    if group.before is None:
        return ()
    return (("sessions with a comment before", float(group.before), "sessions"),)


def _beside(draft: Draft, found: Told) -> Draft:
    if draft.kind == "page":
        place: tuple[str, ...] = draft.pages
        kind = draft.signal
    else:
        place, kind = draft.about[1:-1], draft.about[-1]
    voices = found.beside(place[0], place, kind)
    if not voices:
        return draft
    _, here, both = voices[0]
    rules, rows = beside(draft.rules, draft.rows, place[0], here, both)
    kept = trusted(rules, rows)
    near = tuple(about(group) for group, _, _ in voices)
    if kept is None:
        return replace(draft, related=(*draft.related, *near))
    return replace(draft, rules=kept, rows=rows, related=(*draft.related, *near))
