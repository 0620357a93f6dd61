"""An edge's own keys, its node id, and the hub that it trusts."""

import time
import uuid
from pathlib import Path
from typing import Annotated

import msgspec

from edge.keys import files
from edge.keys.curve import BadKey, CurveKey, Secret, new_key
from edge.keys.hub import Card, check_pairs
from edge.keys.signing import new_signing_key, verify_key

NAME = "edge.key"
HUB = "hub.card"
KEPT = 2
"""Key pairs kept: the new one, and the one before it until the hub knows the new one."""

Node = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class _File(msgspec.Struct, frozen=True, kw_only=True):
    node: Node
    keys: list[CurveKey]
    signing: list[Secret] = []
    format: int = 1


class EdgeKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Who this edge is. ``hub`` is None until it was told whom to trust."""

    node: str
    """UUID as 32 hex digits, given here once for good; the keys may change."""
    keys: list[CurveKey]
    """The newest first; the one before it stays usable while the hub does not know the newest."""
    hub: Card | None = None
    signing: list[Secret] = []
    """Ed25519 keys, the newest first; none where the keys were made before edges signed."""

    @property
    def verify(self) -> str:
        """The public half of the newest signing key; empty where there is none."""
        return verify_key(self.signing[0]) if self.signing else ""

    @classmethod
    def make(cls, folder: Path) -> "EdgeKeys":
        """Make node id and key in *folder*. Raises :class:`BadKey` where there are some."""
        if (folder / NAME).exists():
            raise BadKey(f"{folder / NAME} exists already; use `flowback keys rotate`")
        made = _File(
            node=uuid.uuid4().hex,
            keys=[new_key(int(time.time() * 1000))],
            signing=[new_signing_key()],
        )
        files.save(folder / NAME, made)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> "EdgeKeys":
        """Read the keys in *folder*. Raises :class:`~edge.keys.curve.BadKey`."""
        found = files.load(folder / NAME, _File, secret=True)
        check_pairs(found.keys, folder / NAME)
        for secret in found.signing:
            verify_key(secret)
        card = Card.load(folder / HUB) if (folder / HUB).exists() else None
        return cls(node=found.node, keys=found.keys, hub=card, signing=found.signing)

    @classmethod
    def rotate(cls, folder: Path) -> "EdgeKeys":
        """
        Put new keys first. Enrol them at the hub; until then the edge uses the ones before.

        It signs with both, so that what it signs meanwhile holds before and after.
        """
        old = cls.load(folder)
        keys = [new_key(int(time.time() * 1000)), *old.keys][:KEPT]
        signing = [new_signing_key(), *old.signing][:KEPT]
        files.save(folder / NAME, _File(node=old.node, keys=keys, signing=signing))
        return cls.load(folder)

    @classmethod
    def trust(cls, folder: Path, card: Card) -> "EdgeKeys":
        """Trust the hub of *card* from now on, and no other. Raises BadKey where no edge is."""
        files.load(folder / NAME, _File, secret=True)
        files.save(folder / HUB, card, mode=0o644)
        return cls.load(folder)
