"""
What the edge itself writes into the audit log: its starts and ends, settings and projects
that changed, deletions asked for by visitors, what the law or the disk ended, damage mended.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from msgspec import to_builtins

from edge.audit import Anchor, AuditLog, AuditUnavailable
from edge.journal.database import JournalUnavailable
from edge.journal.transaction import Transaction
from edge.projects import Project

if TYPE_CHECKING:
    from edge.collector.state import State

EVERY = 1.0
"""Seconds between two looks at what changed."""
_SECRET = frozenset({"key", "older_keys"})
"""Fields of a project of which only the change is told."""
_PROJECTS = 200
"""Projects named in one row of a start."""

log = structlog.get_logger(__name__)


class Diary:
    """The edge's hand in the audit log of its folder."""

    def __init__(self, audit: AuditLog) -> None:
        self.audit = audit
        self.trouble = ""
        """Why the last row could not be written, empty where it could."""
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        self._writing = threading.Lock()
        self._marked: Anchor | None = None
        self._projects: Mapping[str, Project] | None = None
        self._dropped = 0

    def later(self, what: str, **about: Any) -> None:
        """Write a row within a second, for places that may not wait for the disk."""
        self._waiting.append((what, about))

    async def note(self, what: str, **about: Any) -> None:
        """Write a row, and return when it is on disk. A log that refuses stops nothing else."""
        self.later(what, **about)
        await asyncio.to_thread(self.flush)

    async def run(self, state: "State") -> None:
        """Look for changes as long as the task lives."""
        while True:
            try:
                self._see_projects(state)
                self._see_drops(state)
                await asyncio.to_thread(self.flush)
                await self._mark(state)
            except JournalUnavailable:
                pass  # the mark is made at the next look
            except Exception:
                log.exception("a look for the audit log failed and is tried again")
            await asyncio.sleep(EVERY)

    def flush(self) -> None:
        """Write what waits, in order. For any thread."""
        with self._writing:
            while self._waiting:
                what, about = self._waiting[0]
                try:
                    self.audit.write(what, **about)
                except AuditUnavailable as error:
                    if not self.trouble:
                        log.error("the audit log cannot be written", why=str(error))  # noqa: TRY400
                    self.trouble = str(error)
                    return
                self.trouble = ""
                self._waiting.popleft()

    def _see_projects(self, state: "State") -> None:
        now = state.projects.all()
        before, self._projects = self._projects, now
        if before is None or before is now:
            return
        for what, about in changes(before, now):
            self.later(what, **about)

    def _see_drops(self, state: "State") -> None:
        dropped = state.watch.dropped
        if dropped > self._dropped:
            self.later("disk.dropped", bytes=dropped - self._dropped)
            self._dropped = dropped

    async def _mark(self, state: "State") -> None:
        """Keep the log's last row in the journal, so that a log cut off at its end is missed."""
        head = await asyncio.to_thread(self.audit.head)
        if head is None or head == self._marked:
            return
        await state.journal.write(lambda tx: _keep(tx, head))
        self._marked = head


def _keep(tx: Transaction, head: Anchor) -> None:
    tx.connection.execute(
        "insert into meta values ('audit', ?) on conflict do update set value = excluded.value",
        (f"{head.n}:{head.hash}",),
    )


def started(projects: Mapping[str, Project], **about: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of a start: *about*, and each project's consent mode in rows of 200. Pure."""
    modes = [(name, project.consent) for name, project in projects.items()]
    yield "edge.started", {**about, "consent": dict(modes[:_PROJECTS])}
    for at in range(_PROJECTS, len(modes), _PROJECTS):
        yield "edge.projects", {"consent": dict(modes[at : at + _PROJECTS])}


def changes(
    before: Mapping[str, Project], after: Mapping[str, Project]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    Yield a row for each project that came, went or changed. Pure.

    A changed field is told as ``[before, after]``, a list as what was ``added`` and
    ``removed``, a secret as ``changed``.
    """
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield "project.removed", {"project": name}
        elif name not in before:
            yield "project.added", {"project": name, "consent": after[name].consent}
        elif before[name] != after[name]:
            old, new = to_builtins(before[name]), to_builtins(after[name])
            fields = {
                key: "changed" if key in _SECRET else _difference(old[key], new[key])
                for key in new
                if old[key] != new[key]
            }
            yield "project.changed", {"project": name, "fields": fields}


def _difference(old: Any, new: Any) -> Any:
    if not (isinstance(old, list) and isinstance(new, list)):
        return [old, new]
    known, wanted = set(old), set(new)
    if known == wanted:
        return "reordered"
    return {
        "added": [one for one in new if one not in known],
        "removed": [one for one in old if one not in wanted],
    }
