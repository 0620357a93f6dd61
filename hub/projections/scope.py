"""One scope for every question: a project, a period, and the filters on it."""

from dataclasses import dataclass, fields, replace
from typing import Any, cast

LABELS = ("device", "cohort", "site")
"""Filters whose values divide the sessions: each session has one of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a question is about. Moments are ms since 1970, ``end`` is exclusive."""

    project: str
    start: int
    end: int
    page: str | None = None
    device: str | None = None
    cohort: str | None = None
    site: str | None = None

    def where(self, *, page: str = "page", moment: str = "bucket") -> tuple[str, list[Any]]:
        """Return the condition and its arguments; *page* names the column, empty for none."""
        terms = ["project = ?", f"{moment} >= ?", f"{moment} < ?"]
        arguments: list[Any] = [self.project, self.start, self.end]
        for label in LABELS:
            if (value := getattr(self, label)) is not None:
                terms.append(f"{label} = ?")
                arguments.append(value)
        if self.page is not None and page:
            terms.append(f"{page} = ?")
            arguments.append(self.page)
        return " and ".join(terms), arguments

    def without(self, *names: str) -> "Scope":
        """Return the scope with some filters taken off."""
        return replace(self, **cast("dict[str, Any]", dict.fromkeys(names)))

    @property
    def name(self) -> str:
        """Return a text that names this scope and no other."""
        return "\x1f".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
