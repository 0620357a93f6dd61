"""
The edges that a hub admits: one file, read again whenever it changes.

So `flowback keys revoke` reaches a running hub within a second. A file that
cannot be read admits nobody: edges keep what they have and lose nothing.
"""

import contextlib
import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from edge.keys import files
from edge.keys.curve import BadKey, Public, check_public, fingerprint
from edge.keys.edge import Node
from edge.keys.signing import VerifyText

NAME = "keyring.json"

MOST = 100
Text = Annotated[str, msgspec.Meta(max_length=MOST)]

log = logging.getLogger(__name__)


class EdgeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One admitted key. Several keys may belong to one node while it rotates."""

    key: Public
    node: Node
    name: Text
    site: Text = ""
    region: Text = ""
    verify: VerifyText = ""
    """By which this hub knows what the edge signs; empty: enrolled before edges signed."""
    demo: bool = False
    """A demo's edge feeds demo projects only; every other edge feeds none."""
    made: int = 0
    """Unix ms."""
    revoked: int | None = None
    """Unix ms, None while it is admitted."""
    pardoned: int = 0
    """Unix ms at which a person last ended the alarm that two machines use this key."""

    def called(self, which: str) -> bool:
        """Return whether *which* is its key, the key's fingerprint, its node or its name."""
        return which in (self.key, self.node, self.name) or which.upper() == fingerprint(self.key)


class _File(msgspec.Struct, frozen=True, kw_only=True):
    edges: list[EdgeRecord] = []
    format: int = 1


_Stamp = tuple[int, int, int, int]


class Keyring:
    """The keyring in *folder*. Reading is safe from any thread; ``refresh`` from one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.error = ""
        """Why the file could not be read, empty while all is well."""
        self._stamp: _Stamp | None = None
        self._by_key: dict[str, EdgeRecord] = {}
        self._by_node: dict[str, EdgeRecord] = {}
        self.refresh()

    def admitted(self, key: str) -> EdgeRecord | None:
        """Return the record of *key* while it is neither unknown nor revoked."""
        record = self._by_key.get(key)
        return record if record is not None and record.revoked is None else None

    def node_of(self, key: str) -> str | None:
        """Return the node of an admitted *key*."""
        record = self.admitted(key)
        return None if record is None else record.node

    def pardoned(self, key: str) -> int:
        """Return when the alarm of a cloned *key* was last ended, Unix ms; 0: never."""
        record = self._by_key.get(key)
        return 0 if record is None else record.pardoned

    def of_node(self, node: str) -> EdgeRecord | None:
        """Return the newest record of *node*, revoked or not: its entries remain."""
        return self._by_node.get(node)

    def verify_keys(self, node: str) -> list[str]:
        """Return the verify keys of *node*, of revoked records too: what it signed remains."""
        records = self._by_key.values()
        return [one.verify for one in records if one.node == node and one.verify]

    def records(self) -> list[EdgeRecord]:
        """Return all records, revoked ones too."""
        return list(self._by_key.values())

    def refresh(self) -> bool:
        """Read the file again where it changed; return whether it did."""
        stamp = self._look()
        if stamp == self._stamp and not self.error:
            return False
        self._stamp = stamp
        try:
            found = files.load(self.path, _File, secret=False).edges if stamp else []
            self._check(found)
            self.error = ""
        except BadKey as error:
            if str(error) != self.error:
                log.warning("nobody is admitted: %s", error)
            found, self.error = [], str(error)
        self._by_key = {record.key: record for record in found}
        self._by_node = {record.node: record for record in sorted(found, key=_age)}
        return True

    def add(self, record: EdgeRecord) -> None:
        """Admit *record*'s key. Raises :class:`BadKey` as :func:`check_new` does."""
        with self._changing() as edges:
            check_new(record, edges)
            edges.append(record)

    def revoke(self, which: str) -> list[EdgeRecord]:
        """Revoke the key (or its fingerprint), or all keys of the node or name; return them."""
        return self._change(which, revoked=int(time.time() * 1000))

    def pardon(self, which: str) -> list[EdgeRecord]:
        """End the alarm that two machines use one key, named as for :meth:`revoke`."""
        return self._change(which, pardoned=int(time.time() * 1000))

    def merge(self, newer: Iterable[EdgeRecord]) -> None:
        """Let *newer* records win over those of the same keys, and add the others."""
        with self._changing() as edges:
            left = {record.key: record for record in newer}
            edges[:] = [left.pop(record.key, record) for record in edges]
            edges.extend(left.values())

    def _change(self, which: str, **fields: int) -> list[EdgeRecord]:
        if not self.path.exists():
            raise BadKey(f"{self.path.parent} admits nobody: name the hub's folder with --data")
        with self._changing() as edges:
            hit = [
                at
                for at, record in enumerate(edges)
                if record.revoked is None and record.called(which)
            ]
            if not hit:
                raise BadKey(f"no admitted key, fingerprint, node or name is {which!r}")
            for at in hit:
                edges[at] = msgspec.structs.replace(edges[at], **fields)
            return [edges[at] for at in hit]

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[EdgeRecord]]:
        """Change the file under a lock, so that no revocation is overwritten."""
        with files.locked(self.path):
            edges = files.load(self.path, _File, secret=False).edges if self.path.exists() else []
            edges = list(edges)
            yield edges
            files.save(self.path, _File(edges=edges))
        self.refresh()

    def _look(self) -> _Stamp | None:
        try:
            facts = self.path.stat()
        except OSError:
            return None
        return (facts.st_mtime_ns, facts.st_size, facts.st_ino, facts.st_mode)

    def _check(self, edges: list[EdgeRecord]) -> None:
        if len({record.key for record in edges}) != len(edges):
            raise BadKey(f"{self.path} names one key twice")


def check_new(record: EdgeRecord, edges: Iterable[EdgeRecord]) -> None:
    """
    Raise :class:`BadKey` unless *record* can be admitted beside *edges*.

    Its key must be new, revoked ones counted; a demo's edge stays one; and what a further
    edge is called must name no other, since people revoke and rule by it.
    """
    check_public(record.key)
    check_words(record.name, record.site, record.region)
    edges = [*edges]
    for other in edges:
        if other.key == record.key and other.revoked is None:
            raise BadKey(
                f"this key is enrolled already, as {other.name}: `flowback enroll card` writes"
                " the hub's card again"
            )
        if other.key == record.key:
            raise BadKey(f"this key is enrolled already, as {other.name}, and was revoked")
        if other.node == record.node and other.demo != record.demo:
            raise BadKey("a demo's edge stays one, and no other becomes one")
    if any(other.node == record.node for other in edges):
        return
    for other in edges:
        same = other.name.casefold() == record.name.casefold()
        if other.revoked is None and (
            same or other.called(record.name) or record.called(other.name)
        ):
            raise BadKey(
                "another edge has this name, node or key: ask again with another --name"
                " (flowback enroll ask)"
            )


def check_words(name: str, *others: str) -> None:
    """Raise :class:`BadKey` unless all can stand in a line of output, and *name* says something."""
    if not name.strip() or not all(each.isprintable() for each in (name, *others)):
        raise BadKey(
            "an edge's name, site and region are printable characters, 100 at most, and"
            " the name at least one"
        )


def _age(record: EdgeRecord) -> int:
    return record.made
