"""What people say of groups of comments: two are one, some are another, this is its name."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub.disclosure.insights import NotSo
from hub.insights.memory import Memory
from hub.stores.records.themes import Themes

LONGEST = 80
"""Characters of a name."""


@dataclass(frozen=True, slots=True)
class Regroup:
    """One change: *into* another insight's group, quotes set *apart*, or a *name*."""

    into: str | None = None
    apart: Sequence[str] = ()
    name: str | None = None


def regroup(
    themes: Themes, project: str, memory: Memory, insight: str, change: Regroup, *, at: int
) -> None:
    """Do what people say and record it, both in one commit. Raises :class:`NotSo`."""
    group = memory.of_insight(insight)
    if group is None:
        raise NotSo(f"{insight} is no insight about comments: only those are merged, split, named")
    said: dict[str, object] = {}
    if change.into is not None:
        other = memory.of_insight(change.into)
        if other is None or other == group:
            raise NotSo(f"into: {change.into} is no other insight about comments")
        memory.clusters.merge(group, other)
        said = {"merged_into": change.into}
    elif change.apart:
        members = {" ".join(text.split()): text for text in memory.ledger.members(group)}
        chosen = [members[quote] for quote in change.apart if quote in members]
        if not chosen or len(chosen) == len(members):
            raise NotSo("apart: name some of the insight's quotes, verbatim, and not all of them")
        born = memory.clusters.split(group, chosen)
        said = {"split_off": memory.insight(born)}
    elif change.name is not None:
        name = _clean(change.name)
        memory.name(group, name)
        said = {"named": name}
    else:
        raise NotSo("give one of: into, apart, name")
    words = msgspec.json.encode(said).decode()
    themes.changed(project, insight, words, at=at, body=memory.body())


def _clean(name: str) -> str:
    """Return *name* as one line of visible characters."""
    seen = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))
    return " ".join(seen.split())[:LONGEST]
