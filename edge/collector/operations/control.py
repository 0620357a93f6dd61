"""
What the hub tells this edge: taken by wire or by hand, judged, and in force.

Each kind of item has its rule below. The hub's word takes the place of the edge's own,
but for what protects visitors: a rule is only ever tightened, a demo flag never changes.
What does not hold here is refused and told to the hub, and what was before stays.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.control_book import ControlBook, Judged
from edge.errors import FlowbackError
from edge.events.wire import ProjectId, SessionId
from edge.keys import BadKey, Card, EdgeKeys
from edge.keys.curve import check_public
from edge.keys.signing import check_verify
from edge.keys.watch import KeyWatch
from edge.policy.regions import BadRule, RuleLoosened, resolve
from edge.projects import Project, ProjectBook
from edge.protocol.control import Item, Signed
from edge.protocol.frames import Complaint, Errand

log = structlog.get_logger(__name__)

HOLDS, DONE, WAITS = Judged("holds"), Judged("done"), Judged("waits")
UNCHANGED = Judged("unchanged")
READERS = {"project": 1, "rules": 1, "erase": 1, "hub": 1}
"""Kind → version of its reader here: an item that needs a newer one waits for an upgrade."""


class Erase(msgspec.Struct, frozen=True):
    """The value of an erasure."""

    project: ProjectId
    session: SessionId
    receipt: str = ""
    """Hash of the visitor's secret; empty: erase it whatever its receipt is."""


class HubKeysTold(msgspec.Struct, frozen=True):
    """The value of an announcement of the hub's own keys, the current ones first."""

    keys: list[str]
    verify: list[str]


class Control:
    """
    The edge's side of control, in *folder*, for an edge pinned to *region*.

    ``rev`` and ``take`` are for the forwarder's thread, the rest for any.
    """

    def __init__(self, folder: Path, keys: KeyWatch[EdgeKeys], *, region: str) -> None:
        self.book = ControlBook(folder)
        self.keys = keys
        self.trouble = ""
        """Why the last sheet was not taken, empty where it was."""
        self._folder = folder
        self._region = region
        self._known: dict[str, Project] = {}
        """Projects by id, while items are judged."""
        self._own: set[str] = set()
        """Those of them that are this edge's own."""
        self.settle()

    @property
    def rev(self) -> int | None:
        """The revision up to which all is here; None where no hub is trusted to sign any."""
        card = self.keys.look().hub
        return self.book.rev_of(card.verify) if card is not None and card.verify else None

    def take(self, signed: Signed) -> None:
        """Take a sheet that came. One that is not to be trusted changes nothing and is said."""
        keys = self.keys.look()
        verify = keys.hub.verify if keys.hub is not None else []
        try:
            taken = self.book.take(signed, node=keys.node, verify=verify)
            self.trouble = ""
        except FlowbackError as error:
            if str(error) != self.trouble:
                log.warning("control of the hub is not taken", why=str(error))
            self.trouble = str(error)
            return
        if taken.verdict == "next":
            log.info("control of the hub is here", rev=taken.rev, items=len(taken.items))
        self.settle()

    def complaints(self) -> list[Complaint]:
        """Return what the hub is told: what does not hold here."""
        told = [
            Complaint(one.kind[:200], one.key[:200], max(0, one.rev), one.why[:200])
            for one in self.book.troubles
        ]
        if self.trouble:
            told.append(Complaint("sheet", "", 0, self.trouble[:200]))
        return told

    def look(self) -> None:
        """See what another process took, such as a receipt by hand."""
        try:
            if self.book.reload():
                self.settle()
        except FlowbackError as error:
            if str(error) != self.trouble:
                log.warning("control stays as it was", why=str(error))
            self.trouble = str(error)

    def settle(self) -> None:
        """Judge what waits: it comes into force, is done, is refused, or goes on waiting."""
        if self.book.waiting:
            book = ProjectBook.open(self._folder)
            self._known = {one.id: one for one in book.list()}
            self._own = {one for one in self._known if not book.is_told(one)}
            self.book.settle(self._judge)

    def rules(self) -> list[Mapping[str, Any]]:
        """Return the regional overrides in force, each for this edge."""
        return [dict(item.value) for item in self.book.holding("rules").values()]

    def errands(self) -> list[Errand]:
        """Return what is to be erased; say :meth:`erased` when it is."""
        found = []
        for item in self.book.waiting:
            if item.kind == "erase" and item.needs <= READERS["erase"]:
                one = msgspec.convert(item.value, Erase)
                found.append(Errand(one.project, one.session, one.receipt))
        return found

    def erased(self, errands: Sequence[Errand]) -> None:
        """Note that these are erased."""
        keys = {f"{one.project}/{one.session}" for one in errands}

        def judge(item: Item) -> Judged:
            return DONE if item.kind == "erase" and item.key in keys else UNCHANGED

        self.book.settle(judge)

    def _judge(self, item: Item) -> Judged:
        reader = READERS.get(item.kind)
        if reader is None or item.needs > reader:
            return Judged("waits", f"{item.kind} needs a newer version of this edge")
        try:
            return _JUDGES[item.kind](self, item)
        except (msgspec.ValidationError, BadKey, BadRule, RuleLoosened) as error:
            return Judged("refused", str(error))

    def _judge_project(self, item: Item) -> Judged:
        if item.value is None:
            return HOLDS
        told = msgspec.convert(item.value, Project)
        if told.id != item.key:
            return Judged("refused", f"it is of {told.id!r}")
        keys = {told.key, *told.older_keys}
        for known in self._known.values():
            if known.id == told.id and known.demo != told.demo:
                return Judged("refused", "a project is a demo for good, or never")
            if known.id == told.id and known.id in self._own and known.key not in keys:
                return Judged(
                    "refused",
                    "pages here carry another write key and would be cut off: make it at the hub"
                    " with `flowback site add --key`, or take it out of projects.json here",
                )
            if known.id != told.id and keys & {known.key, *known.older_keys}:
                return Judged("refused", f"project {known.id!r} has the same key")
        self._known[told.id] = told
        self._own.discard(told.id)
        return HOLDS

    def _judge_rules(self, item: Item) -> Judged:
        if item.value is not None:
            resolve(self._region, None, msgspec.convert(item.value, dict[str, Any]))
        return HOLDS

    def _judge_erase(self, item: Item) -> Judged:
        msgspec.convert(item.value, Erase)
        return WAITS

    def _judge_hub(self, item: Item) -> Judged:
        """Trust the hub's next key too, or no longer the one before."""
        told = msgspec.convert(item.value, HubKeysTold)
        if not told.keys or not told.verify:
            return Judged("refused", "a hub without a key would be cut off")
        for key in told.keys:
            check_public(key)
        for key in told.verify:
            check_verify(key)
        card = self.keys.keys.hub
        address = card.address if card is not None else ""
        fresh = Card(keys=told.keys, address=address, verify=told.verify)
        if fresh != card:
            EdgeKeys.trust(self._folder, fresh)
            self.keys.reload()
            log.info("the hub's keys changed", hub=fresh.fingerprint())
        return DONE


_JUDGES: dict[str, Callable[[Control, Item], Judged]] = {
    "project": Control._judge_project,  # noqa: SLF001 - the class's own table
    "rules": Control._judge_rules,  # noqa: SLF001
    "erase": Control._judge_erase,  # noqa: SLF001
    "hub": Control._judge_hub,  # noqa: SLF001
}
