"""A hub's own keys, and the public card by which edges know it."""

import time
from pathlib import Path

import msgspec

from edge.keys import files
from edge.keys.curve import (
    BadKey,
    CurveKey,
    Secret,
    check_public,
    fingerprint,
    new_key,
    public_of,
)
from edge.keys.signing import VerifyText, check_verify, new_signing_key, verify_key

NAME = "hub.key"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What an edge must know of its hub. Public; read its fingerprint aloud all the same."""

    keys: list[str]
    """Public keys that the hub may answer with: the current one, and the next while it rotates."""
    address: str = ""
    """Such as ``tcp://hub.example.org:7710``; empty where the edge's settings say it."""
    verify: list[VerifyText] = []
    """Ed25519 keys by which an edge knows what its hub signs; none: made before hubs signed."""
    format: int = 1

    def fingerprint(self) -> str:
        """Return what to read aloud."""
        return fingerprint("hub", *self.keys, *self.verify)

    @classmethod
    def load(cls, path: Path) -> "Card":
        """Read an edge's own card at *path*. Raises :class:`~edge.keys.curve.BadKey`."""
        return files.load(path, cls, secret=False).checked(path)

    @classmethod
    def carried(cls, path: Path) -> "Card":
        """Read a card that came by hand: its fingerprint decides. Raises as :meth:`load`."""
        return files.load_carried(path, cls, "hub's card").checked(path)

    def checked(self, path: Path) -> "Card":
        """Return this card of *path*. Raises :class:`BadKey` where it holds what is no key."""
        if not self.keys:
            raise BadKey(f"{path} names no key")
        for key in self.keys:
            check_public(key)
        for key in self.verify:
            check_verify(key)
        return self


class HubKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's key pairs and what it signs with, the current ones first."""

    keys: list[CurveKey]
    signing: list[Secret] = []
    """Ed25519 keys; none where the file was made before hubs signed, until :meth:`open`."""
    former: list[CurveKey] = []
    """The pair before the last switch: opens files that are sealed to it, nothing else."""
    format: int = 1

    @property
    def current(self) -> CurveKey:
        """Return the pair that the hub answers with."""
        return self.keys[0]

    @classmethod
    def make(cls, folder: Path) -> "HubKeys":
        """Make a new key in *folder*. Raises :class:`BadKey` where there is one already."""
        if (folder / NAME).exists():
            raise BadKey(f"{folder / NAME} exists already")
        made = cls(keys=[new_key(int(time.time() * 1000))], signing=[new_signing_key()])
        files.save(folder / NAME, made)
        return made

    @classmethod
    def open(cls, folder: Path) -> "HubKeys":
        """Read the keys in *folder*, making what is missing. Raises :class:`BadKey`."""
        with files.locked(folder / NAME):
            if not (folder / NAME).exists():
                return cls.make(folder)
            found = cls.load(folder)
            if not found.signing:
                found = msgspec.structs.replace(found, signing=[new_signing_key()])
                files.save(folder / NAME, found)
            return found

    @classmethod
    def load(cls, folder: Path) -> "HubKeys":
        """Read the keys in *folder*. Raises :class:`~edge.keys.curve.BadKey`."""
        found = files.load(folder / NAME, cls, secret=True)
        check_pairs(found.opening, folder / NAME)
        for secret in found.signing:
            verify_key(secret)
        return found

    @classmethod
    def rotate(cls, folder: Path) -> "HubKeys":
        """
        Make the next pairs, which a running hub announces to its edges; raises BadKey.

        The hub goes on with the current ones until :meth:`switch`.
        """
        with files.locked(folder / NAME):
            found = cls.load(folder)
            if len(found.keys) > 1:
                raise BadKey("the next key is announced already: `--switch` to it, or `--cancel`")
            return _save(
                found,
                folder,
                keys=[*found.keys, new_key(int(time.time() * 1000))],
                signing=[*found.signing, new_signing_key()],
            )

    @classmethod
    def switch(cls, folder: Path) -> "HubKeys":
        """Let the next pairs be the current ones; raises BadKey where there are none."""
        with files.locked(folder / NAME):
            found = cls.load(folder)
            if len(found.keys) < 2:
                raise BadKey("there is no next key yet: `flowback keys rotate --hub` makes one")
            return _save(
                found, folder, keys=found.keys[1:], signing=found.signing[1:], former=found.keys[:1]
            )

    @classmethod
    def cancel(cls, folder: Path) -> "HubKeys":
        """Forget the next pairs."""
        with files.locked(folder / NAME):
            found = cls.load(folder)
            return _save(found, folder, keys=found.keys[:1], signing=found.signing[:1])

    @property
    def opening(self) -> list[CurveKey]:
        """Return the pairs that open what edges seal to this hub."""
        return [*self.keys, *self.former]

    @property
    def verify(self) -> list[str]:
        """Return the public halves of the signing keys, the current one first."""
        return [verify_key(secret) for secret in self.signing]

    def card(self, address: str = "") -> Card:
        """Return the card to give to edges."""
        keys = [key.public for key in self.keys]
        return Card(keys=keys, address=address, verify=self.verify)


def _save(before: HubKeys, folder: Path, **fields: object) -> HubKeys:
    made = msgspec.structs.replace(before, **fields)
    files.save(folder / NAME, made)
    return made


def check_pairs(keys: list[CurveKey], path: Path) -> None:
    """Raise :class:`BadKey` unless there is a key and every one's halves belong together."""
    if not keys or any(public_of(key.secret) != key.public for key in keys):
        raise BadKey(f"{path} holds a public key that does not belong to its secret")
